import type { StoreReport } from '@holdfast/contracts';
import type { ServerConfig } from '@holdfast/host';
import type { StoreService } from '@holdfast/replication';
import type { HttpHandlers } from '@holdfast/rmi';
import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Standing } from './standing.ts';

/** What a file server shows to a browser and to a monitoring system. */
export function serverPages(
  { name, metricsToken }: Pick<ServerConfig, 'name' | 'metricsToken'>,
  service: StoreService,
  standing: Standing,
): HttpHandlers {
  const metrics = storeMetrics(service);
  return {
    page: () => page(name),
    ready: async () => {
      const { ok, ...told } = standing.readiness;
      const stand = await service.stand();
      const { poisoned, refusesWrites } = await service.currentReport();
      // It still serves what it has, but nobody should take it for well.
      if (poisoned) return { ok: false, details: { ...stand, poisoned, reason: refusesWrites } };
      return { ok, details: { ...stand, ...told } };
    },
    metrics: () => metrics.metrics(),
    ...(metricsToken === undefined ? {} : { metricsToken }),
  };
}

function storeMetrics(service: StoreService): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const show = (name: string, help: string, read: (report: StoreReport) => number): void => {
    const collect = async function (this: Gauge): Promise<void> {
      this.set(read(await service.currentReport()));
    };
    new Gauge({ name, help, registers: [registry], collect });
  };
  show('holdfast_store_free_bytes', 'Free bytes of the disk', (report) => report.freeBytes);
  show('holdfast_store_chunks', 'Chunks on the store', (report) => report.chunks);
  show('holdfast_store_chunk_bytes', 'Bytes of chunks on the store', (report) => report.chunkBytes);
  show(
    'holdfast_store_segment_bytes',
    'Bytes that the chunks take on the disk, with what is dead and not given back yet',
    ({ segmentBytes }) => segmentBytes ?? 0,
  );
  show(
    'holdfast_store_scrub_last_end_seconds',
    'When everything was last re-read, in seconds since 1970; 0 for never',
    ({ scrub }) => (scrub?.last?.endedMs ?? 0) / 1000,
  );
  show(
    'holdfast_store_scrub_read_bytes',
    'Bytes that the present pass of re-reading has gone over',
    ({ scrub }) => scrub?.current?.readBytes ?? 0,
  );
  show(
    'holdfast_store_scrub_damaged',
    'Damaged places that the last full pass of re-reading has found',
    ({ scrub }) => scrub?.last?.damaged ?? 0,
  );
  show(
    'holdfast_store_scrub_last_read_bytes',
    'Bytes that the last full pass of re-reading has gone over',
    ({ scrub }) => scrub?.last?.readBytes ?? 0,
  );
  show(
    'holdfast_store_scrub_unrepaired',
    'Damaged chunks that the frontend was not told of yet, and the copy of the journal if it is damaged',
    ({ scrub }) => (scrub?.untold ?? 0) + (scrub?.journalDamage === undefined ? 0 : 1),
  );
  show(
    'holdfast_store_poisoned',
    '1: the disk failed, and no writes are taken until the server is started again',
    ({ poisoned }) => (poisoned ? 1 : 0),
  );
  show('holdfast_store_position', 'Last acknowledged position', (report) => report.position);
  return registry;
}

function page(name: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Holdfast ${name}</title>
<h1>${name}</h1><p>This is a Holdfast file server. It keeps parts of files and talks to its frontend only;
connect with <code>holdfast connect</code> to the frontend.</p></html>
`;
}
