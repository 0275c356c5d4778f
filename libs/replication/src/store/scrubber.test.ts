import {
  type ChunkStore,
  EMPTY_TAIL,
  type Journal,
  type RecordPosition,
} from '@holdfast/contracts';
import { type SimulatedClock, simulatedClock, simulatedDisk } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { Scrubber } from './scrubber.ts';

const STEPS = 40;
const DAY_MS = 86_400_000;

/** A store of so many steps, which notes where it was asked to go on. */
class SteppedStore {
  busy = false;
  untold: readonly object[] = [];
  readonly asked: (RecordPosition | undefined)[] = [];
  usage = { segmentBytes: STEPS * LIMITS.scrubStepBytes };

  async verifyRecords(from: RecordPosition | undefined): Promise<object> {
    this.asked.push(from);
    const step = (from?.offset ?? 0) + 1;
    const next = step < STEPS ? { segment: 1, offset: step } : undefined;
    return { next, bytes: LIMITS.scrubStepBytes, damaged: step === 3 ? 1 : 0 };
  }
}

class Place {
  readonly clock: SimulatedClock = simulatedClock();
  readonly store = new SteppedStore();
  readonly #machine = simulatedDisk();

  start(): Scrubber {
    return new Scrubber({
      store: this.store as unknown as ChunkStore,
      journal: { tail: EMPTY_TAIL } as Journal,
      hasher: {} as never,
      disk: this.#machine.mount(),
      path: 'scrub',
      clock: this.clock,
      notice: () => {},
    });
  }

  /** Lets time pass in small steps, so that what waits gets its turn. */
  async pass(ms: number): Promise<void> {
    for (let i = 0; i < 400; i++) await this.clock.advance(ms / 400);
  }
}

test('everything is re-read within seven days, again and again, without a command', async () => {
  const place = new Place();
  await using scrubber = place.start();
  expect(scrubber.report).toEqual({ untold: 0, uncompared: false });
  await place.pass(7 * DAY_MS);
  expect(scrubber.report.last?.damaged).toBe(1);
  const passes = (): number => place.store.asked.filter((from) => from === undefined).length;
  const first = passes();
  await place.pass(7 * DAY_MS);
  expect(passes()).toBeGreaterThan(first);
});

test('a pass goes on after a restart from where it was', async () => {
  const place = new Place();
  {
    await using _scrubber = place.start();
    await place.pass(LIMITS.scrubFirstAfterMs + 90_000);
  }
  const done = place.store.asked.length;
  expect(done).toBeGreaterThan(5);
  expect(done).toBeLessThan(STEPS);
  await using scrubber = place.start();
  await place.pass(LIMITS.scrubFirstAfterMs);
  expect(place.store.asked[done]?.offset).toBe(done);
  expect(place.store.asked.length).toBe(STEPS);
  expect(scrubber.report.last).toMatchObject({
    damaged: 1,
    readBytes: STEPS * LIMITS.scrubStepBytes,
  });
});

// fills REPLICATION_LIMITS.scrubGiveWayMs
test('whoever waits for the disk goes first, but cannot hold a pass up for ever', async () => {
  const place = new Place();
  place.store.busy = true;
  await using scrubber = place.start();
  scrubber.begin();
  await place.pass(LIMITS.scrubGiveWayMs * 3);
  const held = place.store.asked.length;
  expect(held).toBeLessThanOrEqual(4);
  place.store.busy = false;
  await place.pass(LIMITS.scrubGiveWayMs * 3);
  expect(place.store.asked.length).toBe(STEPS);
  expect(scrubber.report.current).toBeUndefined();
});

test('a pass that is asked for begins at the start, and does not wait for its day', async () => {
  const place = new Place();
  await using scrubber = place.start();
  await place.pass(LIMITS.scrubFirstAfterMs + 60_000);
  const slowly = place.store.asked.length;
  scrubber.begin();
  await place.pass(10_000);
  expect(place.store.asked.slice(slowly).filter((from) => from === undefined).length).toBe(1);
  expect(scrubber.report).toMatchObject({ uncompared: true, last: { damaged: 1 } });
  await scrubber.compared(scrubber.report.last?.endedMs ?? 0);
  expect(scrubber.report.uncompared).toBe(false);
});

// fills REPLICATION_LIMITS.scrubFastestBytesPerSecond
test('so much is read a second and no more, of a large store and when a pass is asked for', async () => {
  const place = new Place();
  place.store.usage = { segmentBytes: 1e15 };
  await using scrubber = place.start();
  const perSecond = async (): Promise<number> => {
    const before = place.store.asked.length;
    await place.pass(1_000);
    return (place.store.asked.length - before) * LIMITS.scrubStepBytes;
  };
  await place.pass(LIMITS.scrubFirstAfterMs);
  expect(await perSecond()).toBe(LIMITS.scrubFastestBytesPerSecond);
  scrubber.begin();
  // The step that was being waited for, and those of the new pass.
  const most = LIMITS.scrubFastestBytesPerSecond + LIMITS.scrubStepBytes;
  expect(await perSecond()).toBeLessThanOrEqual(most);
  expect(await perSecond()).toBe(LIMITS.scrubFastestBytesPerSecond);
});

// fills REPLICATION_LIMITS.scrubUntoldChunks
test('a pass that has found more damage than is told of waits, and then goes on', async () => {
  const place = new Place();
  await using scrubber = place.start();
  place.store.untold = Array.from({ length: LIMITS.scrubUntoldChunks }, () => ({}));
  scrubber.begin();
  await place.pass(600_000);
  expect(place.store.asked).toEqual([]);
  place.store.untold = place.store.untold.slice(1);
  await place.pass(LIMITS.scrubRetryMs + 10_000);
  expect(place.store.asked.length).toBe(STEPS);
});
