import type { ChunkHash, FileId, StoreId } from '@holdfast/contracts';
import { deferred } from '@holdfast/kernel';
import { expect, test } from 'vitest';
import { HolderNotes } from './holder-notes.ts';

const added = (hash: string): Parameters<HolderNotes['add']>[0] => [
  {
    file: 'f' as FileId,
    hash: hash as ChunkHash,
    holder: { store: 's' as StoreId, generation: 1, confirmed: true, position: 1 },
  },
];

test('copies made while a note is under way are noted together, and fail together', async () => {
  const commits: { hashes: string[]; settle: ReturnType<typeof deferred<void>> }[] = [];
  const notes = new HolderNotes({
    addHolders: async (holders) => {
      const settle = deferred();
      commits.push({ hashes: holders.map(({ hash }) => hash), settle });
      await settle.promise;
    },
  });
  const first = notes.add(added('a'));
  const others = Promise.allSettled([notes.add(added('b')), notes.add(added('c'))]);
  expect(commits.map(({ hashes }) => hashes)).toEqual([['a']]);
  commits[0]?.settle.resolve();
  await first;
  await Promise.resolve();
  expect(commits[1]?.hashes).toEqual(['b', 'c']);
  commits[1]?.settle.reject(new Error('No space.'));
  expect((await others).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const last = notes.add(added('b'));
  commits[2]?.settle.resolve();
  await expect(last, 'a failed note stops none of those that follow').resolves.toBeUndefined();
});
