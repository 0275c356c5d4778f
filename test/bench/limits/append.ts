import { DISK_BLOCK_BYTES, Disposer } from '@holdfast/kernel';
import { nodeDisk } from '@holdfast/host';
import { percentile } from '../measure/summary.ts';
import { startRole, type Go } from './role.ts';

export interface AppendParams {
  readonly folder: string;
  /** Rounded up to whole blocks, as direct I/O wants it. */
  readonly recordBytes: number;
  readonly records: number;
  readonly recordsPerSync: number;
}

export interface AppendRate {
  readonly seconds: number;
  /** What one sync with the writes before it took. */
  readonly groupP50Ms: number;
}

/** The machine's own pace: so many bare processes at once append the same records, synced. */
export async function bareAppends(params: AppendParams, processes = 3): Promise<AppendRate> {
  await using writers = new Disposer();
  const started = await Promise.all(
    Array.from({ length: processes }, (_, index) => {
      const folder = `${params.folder}/bare-${index}`;
      return startRole<unknown, { groupP50Ms: number }>('append', { ...params, folder });
    }),
  );
  for (const writer of started) writers.use(writer);
  const begun = performance.now();
  const results = await Promise.all(started.map((writer) => writer.run()));
  const seconds = (performance.now() - begun) / 1000;
  return { seconds, groupP50Ms: Math.max(...results.map((result) => result.groupP50Ms)) };
}

/** The role: appends records with direct I/O, with a sync after every few. */
export async function appendRecords(params: AppendParams, go: Go): Promise<object> {
  const disk = nodeDisk(params.folder);
  const blocks = Math.ceil(params.recordBytes / DISK_BLOCK_BYTES);
  const record = disk.allocate(blocks * DISK_BLOCK_BYTES).fill(7);
  const groups: number[] = [];
  {
    await using file = await disk.open('records', { mode: 'create', direct: true });
    await go({});
    for (let written = 0; written < params.records;) {
      const begun = performance.now();
      for (let i = 0; i < params.recordsPerSync && written < params.records; i++, written++) {
        await file.write(record, written * record.length);
      }
      await file.sync();
      groups.push(performance.now() - begun);
    }
  }
  await disk.unlink('records');
  groups.sort((a, b) => a - b);
  return { groupP50Ms: percentile(groups, 50) };
}
