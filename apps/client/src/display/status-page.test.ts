import type { ClusterStatus, RepairStatus } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { PLAIN } from '../terminal/style.ts';
import { statusPage } from './status-page.ts';

function page(repair: Pick<RepairStatus, 'onlyOnGone' | 'onlyOnGoneIsLeast'>): string {
  const counts = { files: 1, folders: 1, sizeBytes: 1, openUploads: 0, trashEntries: 0 };
  const status: ClusterStatus = {
    frontend: { name: 'frontend', pid: 1, startedMs: 0, epoch: 1 },
    directory: { id: '', commits: 1, writable: true, view: [], ...counts },
    copies: 3,
    servers: [],
    refused: [],
    repair: { underReplicated: 9, singleCopy: 5, bytesPerSecond: 0, ...repair },
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
