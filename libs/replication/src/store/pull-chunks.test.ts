import { type CallOptions, type ChunkId, DATA_LIMITS, HoldfastError } from '@holdfast/contracts';
import { deferred, type LentParts } from '@holdfast/kernel';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { silentCall } from '../testing/silent-call.ts';
import type { DirectPull } from './direct-pulls.ts';
import { type ChunkToPull, pullChunks } from './pull-chunks.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

function chunk(name: string, length: number): ChunkToPull {
  return { file: 'f', hash: name, length } as unknown as ChunkToPull;
}

type BeforeAnswer = (params: unknown, options?: CallOptions) => Promise<void>;

interface OtherServer {
  readonly calls: string[];
  readonly peers: never;
}

/** Another server that has all chunks but those called `lost`, and notes what it is asked for. */
function otherServer(beforeAnswer: BeforeAnswer = async () => {}): OtherServer {
  const calls: string[] = [];
  const has = ({ hash }: { hash: string }): boolean => !hash.startsWith('lost');
  const bytes = ({ hash }: ChunkId): Uint8Array => new Uint8Array(Number(hash.split('-')[1]));
  const remote = {
    getLarge: async ({ chunk: id }: { chunk: ChunkId }, options: CallOptions) => {
      calls.push(id.hash);
      await beforeAnswer(id, options);
      if (!has(id)) throw new HoldfastError('not-found', 'Not here.');
      return { content: [bytes(id)] };
    },
    getMany: async ({ chunks }: { chunks: ChunkId[] }, options: CallOptions) => {
      calls.push(chunks.map(({ hash }) => hash).join(' '));
      await beforeAnswer(chunks, options);
      return {
        lengths: chunks.map((id) => (has(id) ? bytes(id).length : -1)),
        content: chunks.filter(has).map(bytes),
      };
    },
  };
  return { calls, peers: { reach: async () => remote } as never };
}

/** This server's store, in which `present` is there already. */
function ownStore(present: string): { readonly kept: Map<string, number>; readonly store: never } {
  const kept = new Map<string, number>();
  let position = 0;
  const store = {
    touch: async ({ hash }: ChunkId) => (hash === present ? ++position : undefined),
    put: async ({ hash }: ChunkId, content: readonly Uint8Array[]) => {
      kept.set(hash, content[0]?.length ?? 0);
      return ++position;
    },
  };
  return { kept, store: store as never };
}

const from = { name: 'server-2', address: 'at-2' };
const { signal } = new AbortController();

test('small chunks come together in one call, and large ones each by itself', async () => {
  const { calls, peers } = otherServer();
  const { kept, store } = ownStore('present-10');
  const chunks = [
    chunk('small-1000', 1_000),
    chunk(`large-${512 * KIB}`, 512 * KIB),
    chunk('present-10', 10),
    chunk('lost-2000', 2_000),
    chunk('small-3000', 3_000),
  ];
  const { positions, movedBytes } = await pullChunks({ store, peers, from, chunks, signal });
  expect(calls.sort()).toEqual([`large-${512 * KIB}`, 'small-1000 lost-2000 small-3000']);
  expect(positions.map((position) => position > 0)).toEqual([true, true, true, false, true]);
  expect(movedBytes).toBe(4_000 + 512 * KIB);
  expect(kept.get('small-3000')).toBe(3_000);
});

test('large chunks come over a connection of their own where that works, and are given back', async () => {
  const { calls, peers } = otherServer();
  const { kept, store } = ownStore('none');
  let givenBack = 0;
  const lent = (bytes: number): LentParts =>
    Object.assign([new Uint8Array(bytes)], { [Symbol.dispose]: () => void givenBack++ });
  const read = async ({ chunk: { hash } }: DirectPull): Promise<LentParts | undefined> =>
    hash.startsWith('straight') ? lent(MIB) : undefined;
  const chunks = [chunk('straight-0', MIB), chunk(`called-${MIB}`, MIB), chunk('small-9', 9)];
  const direct = { read } as never;
  const { positions } = await pullChunks({ store, peers, direct, from, chunks, signal });
  expect(positions.every((position) => position > 0)).toBe(true);
  expect(calls.sort()).toEqual([`called-${MIB}`, 'small-9']);
  expect([kept.get('straight-0'), givenBack]).toEqual([MIB, 1]);
});

test('what comes damaged is as if the other did not have it, and the rest goes on', async () => {
  const { peers } = otherServer();
  const put = async ({ hash }: ChunkId): Promise<number> => {
    if (hash.startsWith('wrong')) throw new HoldfastError('damaged', 'Other bytes.');
    return 7;
  };
  const store = { touch: async () => undefined, put } as never;
  const chunks = [chunk(`wrong-${MIB}`, MIB), chunk(`right-${MIB}`, MIB)];
  const pulled = await pullChunks({ store, peers, from, chunks, signal });
  expect(pulled).toEqual({ positions: [-1, 7], movedBytes: MIB });
});

// fills DATA_LIMITS.storeBatchBytes
test('no call asks for more than its answer may bring', async () => {
  const { calls, peers } = otherServer();
  const length = 200 * KIB;
  const chunks = Array.from({ length: 20 }, (_, i) => chunk(`small${i}-${length}`, length));
  await pullChunks({ store: ownStore('').store, peers, from, chunks, signal });
  const together = Math.floor(DATA_LIMITS.storeBatchBytes / length);
  expect(calls).toHaveLength(20 / together);
  for (const call of calls) expect(call.split(' ').length).toBeLessThanOrEqual(together);
});

test('a chunk that the other does not have is left out, also when it was the only one', async () => {
  const { peers } = otherServer();
  const { store } = ownStore('');
  const chunks = [chunk('lost-1', 1)];
  expect(await pullChunks({ store, peers, from, chunks, signal })).toEqual({
    positions: [-1],
    movedBytes: 0,
  });
});

// fills REPLICATION_LIMITS.pullParallel
test('so many large chunks are moved at a time, and no more', async () => {
  let atOnce = 0;
  let most = 0;
  const isFull = deferred();
  const { calls, peers } = otherServer(async () => {
    most = Math.max(most, ++atOnce);
    if (atOnce >= LIMITS.pullParallel) isFull.resolve();
    await isFull.promise;
    atOnce--;
  });
  const length = 512 * KIB;
  const chunks = Array.from({ length: 9 }, (_, i) => chunk(`large${i}-${length}`, length));
  await pullChunks({ store: ownStore('').store, peers, from, chunks, signal });
  expect(calls).toHaveLength(chunks.length);
  expect(most).toBe(LIMITS.pullParallel);
});

// fills REPLICATION_LIMITS.pullStallMs
test.each([
  ['small', 1],
  ['large', 512 * KIB],
])('a server that sends no %s chunks is given up as their source, and named', async (_, length) => {
  const clock = simulatedClock();
  const { peers } = otherServer(silentCall(clock));
  const chunks = [chunk(`first-${length}`, length), chunk(`second-${length}`, length)];
  const pulled = pullChunks({ store: ownStore('').store, peers, from, chunks, signal });
  const given = { code: 'unavailable', details: { server: 'server-2' } };
  await expect(clock.run(pulled)).rejects.toMatchObject(given);
  expect(clock.monotonicMs()).toBe(LIMITS.pullStallMs);
});
