import { DISK_BLOCK_BYTES, Disposer, assert } from '@holdfast/kernel';
import { nodeDisk } from '@holdfast/host';
import { startRole, type Go } from './role.ts';

const RECORD_BYTES = 4 * 1024 * 1024;
const RECORDS_PER_SYNC = 4;
const SOURCE = 'source';

export interface CopyParams {
  readonly folder: string;
  /** Rounded up to whole blocks, as direct I/O wants it. */
  readonly bytes: number;
}

/** The machine's own pace: so many bare processes at once copy the same file, each to a synced one. */
export async function bareCopies(params: CopyParams, processes: number): Promise<number> {
  await writeSource(params);
  await using copiers = new Disposer();
  const started = await Promise.all(
    Array.from({ length: processes }, (_, index) =>
      startRole<unknown, object>('copy', { ...params, copy: `copy-${index}` }),
    ),
  );
  for (const copier of started) copiers.use(copier);
  const begun = performance.now();
  await Promise.all(started.map((copier) => copier.run()));
  const seconds = (performance.now() - begun) / 1000;
  await nodeDisk(params.folder).unlink(SOURCE);
  return seconds;
}

/** The role: reads and writes a file's records with direct I/O, the next read during each write. */
export async function copyFile(params: CopyParams & { copy: string }, go: Go): Promise<object> {
  const disk = nodeDisk(params.folder);
  const buffers = [disk.allocate(RECORD_BYTES), disk.allocate(RECORD_BYTES)];
  {
    await using from = await disk.open(SOURCE, { mode: 'read', direct: true });
    await using to = await disk.open(params.copy, { mode: 'create', direct: true });
    await go({});
    let writing: Promise<void> = Promise.resolve();
    for (let record = 0, at = 0; at < params.bytes; record++, at += RECORD_BYTES) {
      const buffer = buffers[record % buffers.length];
      assert(buffer, 'there are two buffers');
      const piece = buffer.subarray(0, pieceBytes(params, at));
      await from.read(piece, at);
      await writing;
      if (record % RECORDS_PER_SYNC === 0) await to.sync();
      writing = to.write(piece, at);
    }
    await writing;
    await to.sync();
  }
  await disk.unlink(params.copy);
  return {};
}

async function writeSource(params: CopyParams): Promise<void> {
  const disk = nodeDisk(params.folder);
  const record = disk.allocate(RECORD_BYTES).fill(7);
  await using file = await disk.open(SOURCE, { mode: 'create', direct: true });
  for (let at = 0; at < params.bytes; at += RECORD_BYTES) {
    await file.write(record.subarray(0, pieceBytes(params, at)), at);
  }
  await file.sync();
}

function pieceBytes({ bytes }: CopyParams, at: number): number {
  const left = Math.min(RECORD_BYTES, bytes - at);
  return Math.ceil(left / DISK_BLOCK_BYTES) * DISK_BLOCK_BYTES;
}
