import type { ClusterStatus, RepairStatus } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { PLAIN } from '../terminal/style.ts';
import { statusPage } from './status-page.ts';

function page(repair: Partial<RepairStatus>): string {
  const counts = { files: 1, folders: 1, sizeBytes: 1, openUploads: 0, trashEntries: 0 };
  const status: ClusterStatus = {
    frontend: { name: 'frontend', pid: 1, startedMs: 0, epoch: 1 },
    directory: { id: '', commits: 1, writable: true, view: [], ...counts },
    copies: 3,
    servers: [],
    refused: [],
    repair: { underReplicated: 9, singleCopy: 5, onlyOnGone: 0, bytesPerSecond: 0, ...repair },
    damage: { chunks: 0, files: [] },
  };
  return statusPage(status, 0, PLAIN);
}

test('what only dead servers have is a number, or the least that it can be', () => {
  expect(page({ onlyOnGone: 0 })).toMatch(/only on dead servers +none\n/);
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
