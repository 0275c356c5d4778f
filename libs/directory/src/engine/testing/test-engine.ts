import type { ReadTransaction, TransactionRunner } from '@holdfast/contracts';
import type { Clock, Timer } from '@holdfast/kernel';
import type { Engine } from '../engine.ts';
import { openEngine } from '../open-engine.ts';
import { countingRandom } from './counting-random.ts';
import { MemoryAgreement } from './memory-agreement.ts';
import { MemoryJournal } from './memory-journal.ts';
import { plainHasher } from './plain-hasher.ts';
import { SmallMap } from './small-map.ts';

/** A transaction runner for unit tests, with its own time. */
export interface TestEngine extends TransactionRunner {
  /** Moves directory time on. */
  advance(ms: number): void;
  readonly nowMs: number;
  /** The engine behind it. */
  readonly engine: Promise<Engine>;
}

/** 2026-01-01. */
const START_MS = 1_767_225_600_000;

/** A directory in memory that needs no stores, for unit tests of what runs on transactions. */
export function testEngine(): TestEngine {
  let nowMs = START_MS;
  const clock: Clock = {
    wallMs: () => nowMs,
    monotonicMs: () => nowMs,
    // In memory nothing stalls, so that no timer is ever missed.
    schedule: (): Timer => ({ cancel: () => {} }),
  };
  const engine = openEngine({
    journal: new MemoryJournal(plainHasher),
    map: new SmallMap(),
    agreement: new MemoryAgreement(),
    hasher: plainHasher,
    clock,
    random: countingRandom(),
    mode: 'alone',
  });
  return {
    transact: async (body, call, options) => await (await engine).transact(body, call, options),
    query: async <T>(body: (tx: ReadTransaction) => Promise<T>) => await (await engine).query(body),
    queryAhead: async <T>(body: (tx: ReadTransaction) => Promise<T>) =>
      await (await engine).queryAhead(body),
    advance: (ms) => void (nowMs += ms),
    get nowMs() {
      return nowMs;
    },
    engine,
  };
}
