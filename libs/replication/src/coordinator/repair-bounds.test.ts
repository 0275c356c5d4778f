import { type ChunkId, HoldfastError } from '@holdfast/contracts';
import type { ChunkInfo } from '@holdfast/directory';
import { sleep } from '@holdfast/kernel';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { beforeEach, expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { joinMember } from '../testing/join-member.ts';
import type { Member } from './member.ts';
import { Members } from './members.ts';
import { RepairPaths } from './repair-paths.ts';
import { RepairPlan } from './repair-plan.ts';
import { Repair } from './repair.ts';

/** Of repair; for the members no time passes, so that none of them falls silent. */
let clock: SimulatedClock;
let members: Members;
beforeEach(() => {
  clock = simulatedClock();
  members = new Members(simulatedClock());
});

/** Chunks that `sources` have and that `targets` lack. */
function chunksFor(
  targets: readonly Member[],
  sources: readonly Member[],
  lengths: readonly number[],
): readonly ChunkInfo[] {
  const holders = sources.map(({ store }) => ({ store, generation: 1, confirmed: true }));
  const wanted = [...targets, ...sources].map(({ store }) => store);
  return lengths.map((length, i) => {
    const id = { file: 'f', hash: `${i}` } as unknown as ChunkId;
    return { ...id, length, wanted, holders };
  });
}

function planned(lengths: readonly number[]): readonly (readonly number[])[] {
  const plan = new RepairPlan(members, new RepairPaths(clock), new Set());
  plan.add(chunksFor([joinMember(members, 2)], [joinMember(members, 1)], lengths));
  return plan.take().map(({ chunks }) => chunks.map(({ length }) => length));
}

// fills REPLICATION_LIMITS.repairArrivalMs
test('repair waits for servers that have just come, and not for ever', async () => {
  members = new Members(clock);
  joinMember(members, 1);
  const late = joinMember(members, 2);
  const waits = async (): Promise<number> => {
    const fromMs = clock.monotonicMs();
    await clock.run(repairOf([]).round(new AbortController().signal));
    return clock.monotonicMs() - fromMs;
  };
  members.change(late, 'catching-up');
  clock.schedule(700, () => members.change(late, 'live'));
  expect(await waits()).toBe(700);
  members.change(late, 'catching-up');
  expect(await waits()).toBe(LIMITS.repairArrivalMs);
  expect(await waits()).toBe(0);
  const stop = new AbortController();
  members.change(late, 'live');
  members.change(late, 'catching-up');
  clock.schedule(100, () => stop.abort());
  await clock.run(repairOf([]).round(stop.signal));
  expect(clock.monotonicMs() - late.stateSinceMs).toBe(100);
});

// fills REPLICATION_LIMITS.repairBatchChunks
test('a repair call moves so many small chunks, and the next one goes on', () => {
  const lengths = Array.from({ length: 2 * LIMITS.repairBatchChunks + 1 }, () => 1);
  const { repairBatchChunks } = LIMITS;
  expect(planned(lengths).map(({ length }) => length)).toEqual([
    repairBatchChunks,
    repairBatchChunks,
    1,
  ]);
});

// fills REPLICATION_LIMITS.repairBatchBytes
test('a repair call moves so many bytes at most, and one large chunk in any case', () => {
  const half = LIMITS.repairBatchBytes / 2;
  const large = LIMITS.repairBatchBytes + 1;
  expect(planned([half, half, half, half + 1, large, 1])).toEqual([
    [half, half],
    [half],
    [half + 1],
    [large],
    [1],
  ]);
});

/** A server that takes a second for each pull, and how many of all servers' pulls go on at once. */
function countedTarget(pulls: { atOnce: number; most: number; all: number }, number: number) {
  return joinMember(members, number, {
    pull: async ({ chunks }) => {
      pulls.all++;
      pulls.most = Math.max(pulls.most, ++pulls.atOnce);
      await sleep(clock, 1_000);
      pulls.atOnce--;
      return { positions: chunks.map(() => 1), movedBytes: 1 };
    },
  });
}

function repairOf(chunks: readonly ChunkInfo[], directory: object = {}): Repair {
  const all = {
    underReplicated: async (limit: number, after?: ChunkInfo) => {
      const from = after ? chunks.indexOf(after) + 1 : 0;
      return chunks.slice(from, from + limit);
    },
    addHolders: async () => {},
    counts: async () => ({ underReplicated: chunks.length, singleCopy: 0 }),
    ...directory,
  };
  return new Repair({
    directory: all as never,
    members,
    epoch: () => 1,
    clock,
    userWrites: () => 0,
    onProblem: () => {},
  });
}

// fills REPLICATION_LIMITS.repairsPerTarget
test('to a server that lacks much so many calls with large chunks go at a time', async () => {
  const pulls = { atOnce: 0, most: 0, all: 0 };
  const target = countedTarget(pulls, 1);
  const lengths = Array.from({ length: 20 }, () => LIMITS.repairBatchBytes);
  const repair = repairOf(chunksFor([target], [joinMember(members, 0)], lengths));
  const round = await clock.run(repair.round(new AbortController().signal));
  expect(round).toEqual({ planned: lengths.length, repaired: lengths.length });
  expect(pulls).toEqual({ atOnce: 0, most: LIMITS.repairsPerTarget, all: lengths.length });
});

test('small chunks do not wait for large ones', async () => {
  const pulls = { atOnce: 0, most: 0, all: 0 };
  const target = countedTarget(pulls, 1);
  const large = Array.from({ length: 20 }, () => LIMITS.repairBatchBytes);
  const small = Array.from({ length: 20 * LIMITS.repairBatchChunks }, () => 1);
  const repair = repairOf(chunksFor([target], [joinMember(members, 0)], [...large, ...small]));
  await clock.run(repair.round(new AbortController().signal));
  expect(pulls.most).toBe(2 * LIMITS.repairsPerTarget);
});

// fills REPLICATION_LIMITS.repairTransfers
test('of more transfers than may wait the others are begun when one is over', async () => {
  expect(await mostLanes(1, LIMITS.repairTransfers)).toBe(LIMITS.repairTransfers);
});

// fills REPLICATION_LIMITS.repairCopies
test('of more copies than may wait the others are begun when one is over', async () => {
  const { repairCopies, repairBatchChunks } = LIMITS;
  const transfers = repairCopies / repairBatchChunks;
  expect(await mostLanes(repairBatchChunks, transfers)).toBe(transfers);
});

/** To more servers than there may be transfers, each of so many chunks; tells how many go at once. */
async function mostLanes(chunksEach: number, transfers: number): Promise<number> {
  const source = joinMember(members, 0);
  const pulls = { atOnce: 0, most: 0, all: 0 };
  const servers = transfers + 5;
  const targets = Array.from({ length: servers }, (_, i) => countedTarget(pulls, i + 1));
  const lengths = Array.from({ length: chunksEach }, () => 1);
  const repair = repairOf(chunksFor(targets, [source], lengths));
  await clock.run(repair.round(new AbortController().signal));
  expect(pulls.all).toBe(servers);
  return pulls.most;
}

// fills REPLICATION_LIMITS.worstChunks
test('of more chunks than the status looks at, at least so many are on gone servers only', async () => {
  const gone = joinMember(members, 1);
  const lengths = Array.from({ length: 2 * LIMITS.worstChunks }, () => 1);
  const chunks = chunksFor([joinMember(members, 2)], [gone], lengths);
  members.disconnected(gone, 'It died.');
  const directory = {
    underReplicated: async (limit: number) => chunks.slice(0, limit),
    counts: async () => ({ underReplicated: chunks.length, singleCopy: chunks.length }),
  };
  const repair = repairOf(chunks, directory);
  expect(await repair.status()).toMatchObject({
    underReplicated: chunks.length,
    onlyOnGone: LIMITS.worstChunks,
    onlyOnGoneIsLeast: true,
  });
});

// fills REPLICATION_LIMITS.repairAvoidMs
test('a source that could not be reached is left alone for a while, and then asked again', async () => {
  const asked: string[] = [];
  const sources = [joinMember(members, 1), joinMember(members, 2)];
  const target = joinMember(members, 3, {
    pull: async ({ from }) => {
      asked.push(from.name);
      if (from.name === 'server-1') throw new HoldfastError('unavailable', 'No route.');
      return { positions: [1], movedBytes: 1 };
    },
  });
  const repair = repairOf(chunksFor([target], sources, [1]));
  const { signal } = new AbortController();
  await clock.advance(1);
  await clock.run(repair.round(signal));
  await clock.advance(LIMITS.repairAvoidMs);
  await clock.run(repair.round(signal));
  expect(asked).toEqual(['server-1', 'server-2']);
  await clock.advance(1);
  await clock.run(repair.round(signal));
  expect(asked).toEqual(['server-1', 'server-2', 'server-1']);
});
