import {
  type CallContext,
  type ChunkId,
  HoldfastError,
  type StoreReport,
} from '@holdfast/contracts';
import type { Directory } from '@holdfast/directory';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { StoreService } from '../store/store-service.ts';
import { joinMember } from '../testing/join-member.ts';
import type { Member } from './member.ts';
import { Findings } from './findings.ts';
import { Members } from './members.ts';

const id = (hash: string): ChunkId => ({ file: 'f', hash }) as unknown as ChunkId;

interface Parts {
  readonly directory: Directory;
  readonly members: Members;
  readonly clock: SimulatedClock;
  readonly wantRepair?: () => void;
}

function findingsOf(parts: Parts): Findings {
  return new Findings({
    wantRepair: () => {},
    ...parts,
    view: { status: { writable: true, epoch: 1 } } as never,
    onProblem: (_, error) => {
      throw error;
    },
  });
}

/** The server says that it has gone over what it keeps and found damage. */
function tellOfPass(member: Member): void {
  const last = { startedMs: 1, endedMs: 7, readBytes: 1, damaged: 1 };
  const report = { ...member.report, scrub: { untold: 1, uncompared: true, last } };
  member.heard(report as StoreReport);
}

test('copies that a store has lost or found damaged are dropped and repaired, and no others', async () => {
  const clock = simulatedClock();
  using members = new Members(clock);
  let damaged = [id('bad')];
  const compared: number[] = [];
  const member = joinMember(members, 1, {
    damaged: async ({ told }: { told: ChunkId[] }) => {
      damaged = damaged.filter(({ hash }) => !told.some((one) => one.hash === hash));
      return { chunks: damaged };
    },
    inventory: async () => ({ chunks: [id('a-whole')], more: false, position: 9 }),
    // One of those that were not listed has come since.
    verify: async ({ chunks }: { chunks: ChunkId[] }) => ({
      whole: chunks.map(({ hash }) => String(hash) === 'just-come'),
    }),
    compared: async ({ endedMs }: { endedMs: number }) => void compared.push(endedMs),
  } as never);
  const said = ['a-whole', 'just-come', 'lost', 'of-old'].map((hash) => ({
    ...id(hash),
    holders: [{ store: member.store, generation: hash === 'of-old' ? 0 : 1, confirmed: true }],
  }));
  const dropped: string[] = [];
  let repairs = 0;
  const directory = {
    chunksOn: async (_: unknown, after: unknown) => (after ? [] : said),
    dropHolders: async (_: unknown, chunks: readonly ChunkId[]) =>
      void dropped.push(...chunks.map(({ hash }) => hash)),
  };
  const parts = { directory: directory as never, members, clock };
  await using _findings = findingsOf({ ...parts, wantRepair: () => void repairs++ });
  tellOfPass(member);
  await clock.advance(LIMITS.findingsEveryMs);
  expect(dropped).toEqual(['bad', 'lost']);
  expect(compared).toEqual([7]);
  expect(damaged).toEqual([]);
  expect(repairs).toBe(2);
});

/** Chunks in the order in which they are listed. */
function ids(kind: string, count: number): readonly ChunkId[] {
  return Array.from({ length: count }, (_, i) => id(`${kind}-${String(i).padStart(6, '0')}`));
}

// fills REPLICATION_LIMITS.findingsChunks, REPLICATION_LIMITS.inventoryBatch
test('a store with much damage is heard, and compared with the directory, in bounded steps', async () => {
  const clock = simulatedClock();
  using members = new Members(clock);
  const damaged = new Set(ids('bad', 2 * LIMITS.findingsChunks + 1));
  const lost = ids('lost', 2 * LIMITS.inventoryBatch + 1);
  const service = new StoreService({
    clock,
    store: {
      get untold() {
        return [...damaged];
      },
      told: (chunks: readonly ChunkId[]) => chunks.forEach((chunk) => damaged.delete(chunk)),
      list: () => [],
      get: async () => {
        throw new HoldfastError('not-found', 'It is gone.');
      },
    } as never,
    scrubber: { compared: async () => {} } as never,
    ...{ journal: {} as never, snapshots: {} as never, hasher: {} as never },
    ...{ peers: {} as never, space: {} as never },
  });
  const context = {} as CallContext;
  const told: number[] = [];
  const verified: number[] = [];
  const member = joinMember(members, 1, {
    inventory: (params) => service.inventory(params, context),
    damaged: async (params) => {
      const answer = await service.damaged(params, context);
      told.push(answer.chunks.length);
      return answer;
    },
    verify: async (params) => {
      verified.push(params.chunks.length);
      return await service.verify(params, context);
    },
    compared: async () => ({}),
  });
  const holders = [{ store: member.store, generation: 1, confirmed: true }];
  const asked: number[] = [];
  const dropped: ChunkId[] = [];
  const directory = {
    chunksOn: async (_: unknown, after: ChunkId | undefined, limit: number) => {
      asked.push(limit);
      const rest = lost.filter(({ hash }) => after === undefined || hash > after.hash);
      return rest.slice(0, limit).map((chunk) => ({ ...chunk, holders }));
    },
    dropHolders: async (_: unknown, chunks: readonly ChunkId[]) => void dropped.push(...chunks),
  };
  await using _findings = findingsOf({ directory: directory as never, members, clock });
  tellOfPass(member);
  await clock.advance(LIMITS.findingsEveryMs);
  expect(dropped).toHaveLength(2 * LIMITS.findingsChunks + 1 + lost.length);
  expect(told).toEqual([LIMITS.findingsChunks, LIMITS.findingsChunks, 1, 0]);
  expect(Math.max(...asked)).toBe(LIMITS.inventoryBatch);
  expect(Math.max(...verified)).toBe(LIMITS.findingsChunks);
});

// fills REPLICATION_LIMITS.damagedFilesShown
test('of many damaged files some are named, and all damaged chunks are counted', async () => {
  using members = new Members(simulatedClock());
  const count = LIMITS.damagedFilesShown + 5;
  const lost = Array.from({ length: count }, (_, i) => ({ file: `${i}`, hash: 'h', holders: [] }));
  let located = 0;
  const directory = {
    underReplicated: async () => lost,
    locate: async (file: string) => {
      located++;
      return `/shared/${file}`;
    },
    stat: async () => ({}),
  };
  const parts = { directory: directory as never, members, clock: simulatedClock() };
  await using findings = findingsOf(parts);
  const { chunks, files } = await findings.damage({} as CallContext);
  expect(chunks).toBe(count);
  expect(files).toHaveLength(LIMITS.damagedFilesShown);
  expect(located).toBe(LIMITS.damagedFilesShown);
});

// fills REPLICATION_LIMITS.worstChunks
test('of more damaged chunks than the status looks at it counts so many', async () => {
  using members = new Members(simulatedClock());
  const lost = ids('lost', 2 * LIMITS.worstChunks).map((chunk) => ({ ...chunk, holders: [] }));
  const directory = {
    underReplicated: async (limit: number, after?: ChunkId) =>
      lost.filter(({ hash }) => after === undefined || hash > after.hash).slice(0, limit),
    locate: async () => undefined,
  };
  const parts = { directory: directory as never, members, clock: simulatedClock() };
  await using findings = findingsOf(parts);
  expect((await findings.damage({} as CallContext)).chunks).toBe(LIMITS.worstChunks);
});
