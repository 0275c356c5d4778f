import {
  type ChunkHash,
  type ChunkId,
  DATA_LIMITS,
  type FileId,
  HoldfastError,
  type Remote,
  type StoreContract,
} from '@holdfast/contracts';
import { type Deferred, deferred, partsLength } from '@holdfast/kernel';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { joinMember } from '../testing/join-member.ts';
import { Members } from './members.ts';
import { SmallPuts } from './small-puts.ts';

const FULL = new HoldfastError('no-space', 'The disk is full.');

/** A store that answers each call when the test says so, and refuses the chunks of some files. */
function scene(refused: readonly number[] = []) {
  const members = new Members(simulatedClock());
  const calls: { readonly files: readonly number[]; readonly answer: Deferred<void> }[] = [];
  let position = 0;
  const answered = async (chunks: readonly ChunkId[]): Promise<number[]> => {
    const files = chunks.map(({ file }) => Number(file));
    const answer = deferred();
    calls.push({ files, answer });
    await answer.promise;
    return files.map((file) => (refused.includes(file) ? -1 : ++position));
  };
  const remote: Partial<Remote<StoreContract>> = {
    putMany: async ({ chunks, content }) => {
      expect(partsLength(content)).toBe(chunks.reduce((sum, { length }) => sum + length, 0));
      return { positions: await answered(chunks) };
    },
    put: async ({ chunk }) => {
      const [only = -1] = await answered([chunk]);
      if (only < 0) throw FULL;
      return { position: only };
    },
  };
  const member = joinMember(members, 1, remote);
  const puts = new SmallPuts(member, () => 1);
  return {
    calls,
    member,
    members,
    put: (file: number, bytes = 10): Promise<number | string> =>
      puts
        .put({ file: String(file) as FileId, hash: 'h' as ChunkHash }, [new Uint8Array(bytes)])
        .catch((error: HoldfastError) => error.code),
  };
}

/** Answers calls as they come, until none is open. */
async function answerAll(calls: readonly { readonly answer: Deferred<void> }[]): Promise<void> {
  for (const { answer } of calls) {
    answer.resolve();
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  }
}

// fills REPLICATION_LIMITS.putBatches
test('chunks that come while enough calls are under way share the next one', async () => {
  const { calls, members, put } = scene();
  using _members = members;
  const count = LIMITS.putBatches + 5;
  const positions = Array.from({ length: count }, (_, file) => put(file));
  expect(calls.map(({ files }) => files.length)).toEqual(Array(LIMITS.putBatches).fill(1));
  await answerAll(calls);
  expect(calls.slice(LIMITS.putBatches).map(({ files }) => files.length)).toEqual([5]);
  expect(await Promise.all(positions)).toEqual(positions.map((_, i) => i + 1));
});

// fills REPLICATION_LIMITS.putBatchBytes
test('a call takes no more bytes than fit, and any chunk by itself', async () => {
  const { calls, members, put } = scene();
  using _members = members;
  for (let file = 0; file < LIMITS.putBatches; file++) void put(file);
  const third = Math.floor(LIMITS.putBatchBytes / 3);
  for (let file = 10; file < 17; file++) void put(file, third);
  void put(20, LIMITS.putBatchBytes + 1);
  void put(21, 1);
  await answerAll(calls);
  const batches = calls.slice(LIMITS.putBatches).map(({ files }) => files);
  expect(batches).toEqual([[10, 11, 12], [13, 14, 15], [16], [20], [21]]);
});

test('a call takes no more chunks than the contract allows', async () => {
  const { calls, members, put } = scene();
  using _members = members;
  const first = LIMITS.putBatches;
  for (let file = 0; file < first + DATA_LIMITS.storeBatchChunks + 1; file++) void put(file, 1);
  await answerAll(calls);
  const sizes = calls.slice(first).map(({ files }) => files.length);
  expect(sizes).toEqual([DATA_LIMITS.storeBatchChunks, 1]);
});

test('a chunk that is not taken is put by itself, which tells why, and harms no other', async () => {
  const { calls, members, put } = scene([12]);
  using _members = members;
  for (let file = 0; file < LIMITS.putBatches; file++) void put(file);
  const three = [11, 12, 13].map((file) => put(file));
  await answerAll(calls);
  expect(calls.at(-1)?.files).toEqual([12]);
  const before = LIMITS.putBatches;
  expect(await Promise.all(three)).toEqual([before + 1, 'no-space', before + 2]);
});

test('nobody waits any longer for a server that was given up', async () => {
  const { calls, member, members, put } = scene();
  using _members = members;
  const all = Array.from({ length: LIMITS.putBatches + 3 }, (_, file) => put(file));
  members.change(member, 'suspect');
  calls[0]?.answer.reject(new HoldfastError('unavailable', 'It was given up.'));
  expect(await all[0]).toBe('unavailable');
  expect(await Promise.all(all.slice(LIMITS.putBatches))).toEqual(Array(3).fill('unavailable'));
  expect(calls).toHaveLength(LIMITS.putBatches);
});
