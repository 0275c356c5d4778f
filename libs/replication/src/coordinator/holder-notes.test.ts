import type { ChunkHash, FileId, StoreId } from '@holdfast/contracts';
import type { Directory } from '@holdfast/directory';
import { deferred } from '@holdfast/kernel';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { HolderNotes } from './holder-notes.ts';

const added = (hash: string): Parameters<HolderNotes['add']>[0] => [
  {
    file: 'f' as FileId,
    hash: hash as ChunkHash,
    holder: { store: 's' as StoreId, generation: 1, confirmed: true, position: 1 },
  },
];

test('copies made within a moment, or while a note is under way, are noted together, and fail together', async () => {
  const commits: { hashes: string[]; settle: ReturnType<typeof deferred<void>> }[] = [];
  const clock = simulatedClock();
  const directory: Pick<Directory, 'addHolders'> = {
    addHolders: async (holders) => {
      const settle = deferred();
      commits.push({ hashes: holders.map(({ hash }) => hash), settle });
      await settle.promise;
    },
  };
  const notes = new HolderNotes(directory, clock);
  const first = Promise.all([notes.add(added('a')), notes.add(added('A'))]);
  expect(commits).toEqual([]);
  await clock.advance(LIMITS.noteTogetherMs);
  const others = Promise.allSettled([notes.add(added('b')), notes.add(added('c'))]);
  expect(commits.map(({ hashes }) => hashes)).toEqual([['a', 'A']]);
  commits[0]?.settle.resolve();
  await first;
  await clock.advance(LIMITS.noteTogetherMs);
  expect(commits[1]?.hashes).toEqual(['b', 'c']);
  commits[1]?.settle.reject(new Error('No space.'));
  expect((await others).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  const last = notes.add(added('b'));
  await clock.advance(LIMITS.noteTogetherMs);
  commits[2]?.settle.resolve();
  await expect(last, 'a failed note stops none of those that follow').resolves.toBeUndefined();
});
