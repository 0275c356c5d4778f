import type { StoreId } from '@holdfast/contracts';
import { nodeClock } from '@holdfast/host';
import { Members } from '@holdfast/replication';
import { expect, test } from 'vitest';
import { frontendPages } from './frontend-pages.ts';

test('a stranger learns how many servers live, and no more of them', async () => {
  using members = new Members(nodeClock);
  members.enrol({ store: '1'.repeat(32) as StoreId, name: 'server-in-the-cellar' });
  const pages = frontendPages({
    name: 'frontend',
    members,
    auth: {} as never,
    scrub: () => ({}),
    ready: () => ({ ok: true, details: {} }),
  });
  const page = await pages.page?.();
  expect(page).toContain('0 of 1 servers live');
  expect(page).not.toContain('cellar');
});

test('metrics tell what scrubbing has found, here and on each server, and whose disk failed', async () => {
  using members = new Members(nodeClock);
  const member = members.enrol({ store: '1'.repeat(32) as StoreId, name: 'server-1' });
  const last = { startedMs: 1_000, endedMs: 2_000, readBytes: 3_000, damaged: 4 };
  member.report = {
    ...{ freeBytes: 1, totalBytes: 1, chunks: 1, chunkBytes: 1, position: 1, poisoned: true },
    scrub: { untold: 0, uncompared: false, last },
  };
  const pages = frontendPages({
    name: 'frontend',
    members,
    auth: {} as never,
    scrub: () => ({ last: { ...last, endedMs: 5_000, repaired: 3, damage: [] } }),
    ready: () => ({ ok: true, details: {} }),
  });
  const metrics = (await pages.metrics?.()) ?? '';
  expect(metrics).toContain('holdfast_server_poisoned{server="server-1"} 1');
  expect(metrics).toContain('holdfast_server_scrub_last_end_seconds{server="server-1"} 2');
  expect(metrics).toContain('holdfast_server_scrub_damaged{server="server-1"} 4');
  expect(metrics).toContain('holdfast_directory_scrub_last_end_seconds 5');
  expect(metrics).toContain('holdfast_directory_scrub_last_read_bytes 3000');
  expect(metrics).toContain('holdfast_directory_scrub_damaged 4');
  expect(metrics).toContain('holdfast_directory_scrub_repaired 3');
});
