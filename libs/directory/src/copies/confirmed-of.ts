import type { ReadTransaction } from '@holdfast/contracts';
import { assert } from '@holdfast/kernel';
import { DIRECTORY_LIMITS } from '../limits.ts';
import { chunks, references, underReplicatedChunks } from '../tables/chunks.ts';
import type { VersionRecord } from '../tables/version-record.ts';
import { confirmedCopies } from './save-chunk.ts';

/**
 * Confirmed copies of a version's least copied chunk, at most `wanted`. Found by the index of
 * under-replicated chunks, so that the cost does not grow with the file.
 */
export async function confirmedOf(
  tx: ReadTransaction,
  file: string,
  version: Pick<VersionRecord, 'body' | 'content'>,
  wanted: number,
): Promise<number> {
  const { body, content } = version;
  if (body.kind === 'empty' || body.kind === 'inline') return wanted;
  if (body.kind === 'chunk') {
    const record = await tx.get(chunks, file, body.hash);
    assert(record, 'the chunk of a version has a record');
    return Math.min(wanted, confirmedCopies(record.holders));
  }
  for (let level = 0; level < wanted; level++) {
    if (await hasChunkAt(tx, level, file, content)) return level;
  }
  return wanted;
}

/** Whether a chunk of `content` has just `level` confirmed copies, and too few. */
async function hasChunkAt(
  tx: ReadTransaction,
  level: number,
  file: string,
  content: string,
): Promise<boolean> {
  const limit = DIRECTORY_LIMITS.copyScanChunks;
  const rows = await tx.range(underReplicatedChunks, { prefix: [level, file], limit });
  for (const { key } of rows) {
    if (await refersTo(tx, file, key[2], content)) return true;
  }
  return rows.length === limit;
}

async function refersTo(
  tx: ReadTransaction,
  file: string,
  hash: string,
  content: string,
): Promise<boolean> {
  const record = await tx.get(chunks, file, hash);
  if (record?.content === content) return true;
  return (await tx.get(references, file, hash, content)) !== undefined;
}
