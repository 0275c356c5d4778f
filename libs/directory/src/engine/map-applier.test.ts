import { EMPTY_TAIL, nextRecord } from '@holdfast/contracts';
import { deferred } from '@holdfast/kernel';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import type { Commit } from './commit.ts';
import { tableText } from './keys.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { MapApplier } from './map-applier.ts';
import { MapKeeper } from './map-keeper.ts';
import { Overlay } from './overlay.ts';
import { texts } from './testing/engine-scene.ts';
import { plainHasher } from './testing/plain-hasher.ts';
import { SmallMap } from './testing/small-map.ts';
import { WriteSet } from './write-set.ts';

const { unappliedBytes, unappliedCommits, waitingTransactions, applyCommits } = ENGINE_LIMITS;

/** An applier whose map takes nothing before it is let go on. */
function scene() {
  const map = new SmallMap();
  const keeper = new MapKeeper(map, {});
  const overlay = new Overlay<Commit>();
  const goOn = deferred();
  const batches: number[] = [];
  const apply = map.apply.bind(map);
  map.apply = async (changes) => {
    await goOn.promise;
    // All but the one that says how far the map is.
    batches.push(changes.length - 1);
    await apply(changes);
  };
  const clock = simulatedClock();
  const fail = (): void => expect.fail('The map takes everything');
  const applier = new MapApplier({ keeper, overlay, clock, failed: fail, full: () => {} });
  let number = 0;
  /** So many visible commits of so many bytes each. */
  const push = (count: number, payloadBytes: number): void => {
    const payload = new Uint8Array(payloadBytes);
    const first = nextRecord(plainHasher, EMPTY_TAIL, 1, new Uint8Array());
    for (let i = 0; i < count; i++) {
      const record = { ...first, payload, number: ++number };
      const changes = new WriteSet();
      changes.set(tableText(texts, [`${number}`]), Uint8Array.of(1));
      const commit = { number, record, timeMs: 0, changes, frees: false, settled: deferred() };
      overlay.push(commit);
      applier.push([commit]);
    }
  };
  return { applier, batches, push, settle: clock.settle, letGo: goOn.resolve };
}

// fills ENGINE_LIMITS.unappliedCommits, ENGINE_LIMITS.unappliedBytes
test.for([
  ['commits', unappliedCommits, 1],
  ['bytes', 16, unappliedBytes / 16],
] as const)(
  'a transaction begins while there are fewer %s than the limit not in the map, and else waits',
  async ([, count, bytes]) => {
    const { applier, push, settle, letGo } = scene();
    push(count - 1, bytes);
    applier.tryEnter()?.[Symbol.dispose]();
    push(1, bytes);
    expect(applier.tryEnter()).toBeUndefined();
    let entered = false;
    const entering = applier.enter().then(() => (entered = true));
    await settle();
    expect(entered).toBe(false);
    letGo();
    await entering;
  },
);

// fills ENGINE_LIMITS.waitingTransactions
test('transactions that wait for room are bounded, and go on in turn, as many as there is room for', async () => {
  const { applier, settle } = scene();
  const begun = Array.from({ length: unappliedCommits }, () => applier.tryEnter());
  const entered: number[] = [];
  const rooms: Disposable[] = [];
  for (let i = 0; i < waitingTransactions; i++) {
    void applier.enter().then((room) => (entered.push(i), rooms.push(room)));
  }
  await expect(applier.enter()).rejects.toMatchObject({ code: 'throttled' });
  for (const room of begun.slice(0, 3)) room?.[Symbol.dispose]();
  begun[0]?.[Symbol.dispose]();
  await settle();
  expect(entered).toEqual([0, 1, 2]);
  expect(applier.tryEnter()).toBeUndefined();
  for (const room of begun) room?.[Symbol.dispose]();
  await settle();
  for (const room of rooms.splice(0)) room[Symbol.dispose]();
  await settle();
  expect(entered.length).toBe(waitingTransactions);
});

// fills ENGINE_LIMITS.applyCommits
test('commits that wait for the map are put into it some at a time', async () => {
  const { applier, batches, push, letGo } = scene();
  push(1, 1);
  push(applyCommits + 1, 1);
  letGo();
  await applier.drain();
  expect(batches).toEqual([1, applyCommits, 1]);
});
