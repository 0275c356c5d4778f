import type { StoreReport } from '@holdfast/contracts';
import type { StoreService } from '@holdfast/replication';
import { expect, test } from 'vitest';
import { serverPages } from './server-pages.ts';
import { Standing } from './standing.ts';

const WELL: StoreReport = {
  ...{ freeBytes: 1, totalBytes: 1, chunks: 1, chunkBytes: 1, position: 1 },
  scrub: {
    untold: 2,
    uncompared: false,
    last: { startedMs: 1_000, endedMs: 2_000, readBytes: 3_000, damaged: 4 },
    journalDamage: 'A record is damaged.',
  },
};

function pagesOf(report: StoreReport): ReturnType<typeof serverPages> {
  const service = { stand: async () => ({ generation: 1 }), currentReport: async () => report };
  const standing = new Standing();
  const link = { address: 'ws://127.0.0.1:7400', daemon: '', reason: '', error: undefined };
  standing.linkChanged({ ...link, phase: 'connected' });
  return serverPages({ name: 'server-1' }, service as unknown as StoreService, standing);
}

test('a server whose disk failed is not ready, and says what to do', async () => {
  expect(await pagesOf(WELL).ready?.()).toEqual({ ok: true, details: { generation: 1 } });
  const refusesWrites = 'Its disk failed. Check the disk, then start the server again.';
  const pages = pagesOf({ ...WELL, poisoned: true, refusesWrites });
  expect(await pages.ready?.()).toEqual({
    ok: false,
    details: { generation: 1, poisoned: true, reason: refusesWrites },
  });
  expect(await pages.metrics?.()).toContain('holdfast_store_poisoned 1');
});

test('metrics tell of the last full pass of scrubbing, and what of it is not repaired', async () => {
  const metrics = (await pagesOf(WELL).metrics?.()) ?? '';
  expect(metrics).toContain('holdfast_store_scrub_last_end_seconds 2\n');
  expect(metrics).toContain('holdfast_store_scrub_last_read_bytes 3000\n');
  expect(metrics).toContain('holdfast_store_scrub_damaged 4\n');
  expect(metrics).toContain('holdfast_store_scrub_unrepaired 3\n');
  expect(metrics).toContain('holdfast_store_poisoned 0\n');
});
