import type { WriteTransaction } from '@holdfast/contracts';

/** The same transaction, with a count of the keys that were written through the result. */
export function countWrites(tx: WriteTransaction): {
  readonly tx: WriteTransaction;
  keys(): number;
} {
  let keys = 0;
  return {
    keys: () => keys,
    tx: {
      nowMs: tx.nowMs,
      epoch: tx.epoch,
      get: (table, ...key) => tx.get(table, ...key),
      range: (table, range) => tx.range(table, range),
      counter: (name) => tx.counter(name),
      add: (name, amount) => tx.add(name, amount),
      put: (table, value, ...key) => {
        keys++;
        tx.put(table, value, ...key);
      },
      raise: async (table, value, ...key) => {
        keys++;
        await tx.raise(table, value, ...key);
      },
      delete: (table, ...key) => {
        keys++;
        tx.delete(table, ...key);
      },
    },
  };
}
