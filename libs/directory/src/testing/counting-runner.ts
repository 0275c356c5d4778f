import type { ReadTransaction, TransactionRunner } from '@holdfast/contracts';
import { countWrites } from '../collection/count-writes.ts';

/** The same runner, with the keys that each transaction wrote, and the most rows that one read gave. */
export function countingRunner(runner: TransactionRunner): TransactionRunner & {
  readonly keysOfCommits: readonly number[];
  readonly mostRows: number;
} {
  const keysOfCommits: number[] = [];
  let mostRows = 0;
  const watched = (tx: ReadTransaction): ReadTransaction => ({
    nowMs: tx.nowMs,
    get: (table, ...key) => tx.get(table, ...key),
    counter: (name) => tx.counter(name),
    range: async (table, range) => {
      const rows = await tx.range(table, range);
      mostRows = Math.max(mostRows, rows.length);
      return rows;
    },
  });
  return {
    keysOfCommits,
    get mostRows() {
      return mostRows;
    },
    query: (body) => runner.query((tx) => body(watched(tx))),
    queryAhead: (body) => runner.queryAhead((tx) => body(watched(tx))),
    transact: async (body, call, options) => {
      let keys = 0;
      const value = await runner.transact(
        async (tx) => {
          const counted = countWrites(tx);
          const result = await body(counted.tx);
          keys = counted.keys();
          return result;
        },
        call,
        options,
      );
      keysOfCommits.push(keys);
      return value;
    },
  };
}
