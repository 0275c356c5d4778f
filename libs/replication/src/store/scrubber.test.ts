import {
  type ChunkStore,
  EMPTY_TAIL,
  HoldfastError,
  type Journal,
  type RecordPosition,
  type SnapshotStamp,
  type Snapshots,
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

/** Two snapshots, of which pieces can be damaged. */
class TwoSnapshots {
  all: readonly SnapshotStamp[] = [stampAt(10), stampAt(20)];
  damaged: readonly number[] = [];

  async verifyStamp(): Promise<void> {}

  async read({ base }: SnapshotStamp, index: number): Promise<Uint8Array> {
    if (index === 1 && this.damaged.includes(base.number)) {
      throw new HoldfastError('damaged', `Piece 1 of snapshot ${base.number} is damaged.`);
    }
    return new Uint8Array(1_000);
  }

  async discard(stamp: SnapshotStamp): Promise<void> {
    this.all = this.all.filter((one) => one !== stamp);
  }
}

function stampAt(number: number): SnapshotStamp {
  return { base: { ...EMPTY_TAIL, number }, upTo: number, timeMs: 0, pieces: 2 };
}

class Place {
  readonly clock: SimulatedClock = simulatedClock();
  readonly store = new SteppedStore();
  readonly snapshots = new TwoSnapshots();
  readonly #machine = simulatedDisk();

  start(): Scrubber {
    return new Scrubber({
      store: this.store as unknown as ChunkStore,
      journal: { tail: EMPTY_TAIL } as Journal,
      snapshots: this.snapshots as unknown as Snapshots,
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

test('a snapshot that is damaged is found, and goes once the journal is sent anew', async () => {
  const place = new Place();
  place.snapshots.damaged = [20];
  await using scrubber = place.start();
  scrubber.begin();
  await place.pass(60_000);
  expect(scrubber.report.journalDamage).toBe('Piece 1 of snapshot 20 is damaged.');
  expect(scrubber.report.last?.damaged).toBe(2);
  await scrubber.journalBegunAnew();
  expect(scrubber.report.journalDamage).toBeUndefined();
  expect(place.snapshots.all).toEqual([stampAt(10)]);
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
