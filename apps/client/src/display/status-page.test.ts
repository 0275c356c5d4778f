import type { ClusterStatus, RepairStatus, StoreId } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { PLAIN } from '../terminal/style.ts';
import { statusPage } from './status-page.ts';

function page(repair: Partial<RepairStatus>, changes: Partial<ClusterStatus> = {}): string {
  const counts = { files: 1, folders: 1, sizeBytes: 1, openUploads: 0, trashEntries: 0 };
  const status: ClusterStatus = {
    frontend: { name: 'frontend', pid: 1, startedMs: 0, epoch: 1 },
    directory: { id: '', commits: 1, writable: true, view: [], ...counts },
    copies: 3,
    servers: [],
    refused: [],
    repair: { underReplicated: 9, singleCopy: 5, onlyOnGone: 0, bytesPerSecond: 0, ...repair },
    damage: { chunks: 0, files: [] },
    ...changes,
  };
  return statusPage(status, 0, PLAIN);
}

test('what only dead servers have is a number, or the least that it can be', () => {
  expect(page({})).toMatch(/only on dead servers +none\n/);
  const nothing = { onlyOnGone: 0, onlyOnGoneIsLeast: true };
  expect(page(nothing)).toMatch(/only on dead servers +none found\n/);
  const some = page({ onlyOnGone: 4, onlyOnGoneIsLeast: true });
  expect(some).toMatch(/only on dead servers +at least 4 file parts/);
  expect(some).toContain('at least 4 file parts cannot be read until a server returns');
});

test('repair is at work, or begins, or waits and says for what', () => {
  expect(page({ underReplicated: 0, bytesPerSecond: 1_000 })).toMatch(/repair +nothing to do\n/);
  expect(page({ bytesPerSecond: 2_000_000, secondsLeft: 90 })).toMatch(
    /repair +2.0 MB\/s, .*left\n/,
  );
  expect(page({})).toMatch(/repair +begins\n/);
  expect(page({ waits: 'server-2 is gone' })).toMatch(/repair +waits: server-2 is gone\n/);
});

test('a server whose disk failed is not counted as live, and says why', () => {
  const figures = { freeBytes: 1, totalBytes: 1, chunks: 1, chunkBytes: 1, lastSeenMs: 0 };
  const server = { store: '1'.repeat(32) as StoreId, address: '', pid: 1, ...figures };
  const reason = 'It takes no more writes, because its disk failed.';
  const shown = page(
    { onlyOnGone: 0 },
    {
      servers: [
        { ...server, name: 'server-1', state: 'live' },
        { ...server, name: 'server-2', state: 'read-only', reason },
      ],
      repair: { underReplicated: 0, singleCopy: 0, onlyOnGone: 0, bytesPerSecond: 0 },
    },
  );
  expect(shown).toMatch(
    /^1 of 2 servers live; no copy is missing, but not all servers take writes/,
  );
  expect(shown).toMatch(/server-2 +read-only .*because its disk failed/);
});

test("when the frontend's own disk was last re-read is shown, with what was found", () => {
  const counts = { files: 1, folders: 1, sizeBytes: 1, openUploads: 0, trashEntries: 0 };
  const directory = { id: '', commits: 1, writable: true, view: [], ...counts };
  const last = { startedMs: 0, endedMs: 0, readBytes: 2048, damaged: 2, repaired: 1 };
  const scrub = { last: { ...last, damage: ['An entry is gone.', 'A record is damaged.'] } };
  expect(page({})).toMatch(/last scrub of the frontend +never/);
  expect(page({}, { directory: { ...directory, scrub } })).toMatch(
    /last scrub of the frontend .* ago, .*, 2 damaged, 1 repaired; An entry is gone.; A record is damaged./,
  );
});
