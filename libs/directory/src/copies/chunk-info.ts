import type { ChunkHash, ChunkId, FileId, ReadTransaction } from '@holdfast/contracts';
import type { ChunkInfo } from '../directory.ts';
import type { DirectoryParts } from '../parts.ts';
import { type ChunkRecord, chunks } from '../tables/chunks.ts';
import { files } from '../tables/files.ts';

export async function chunk(
  { runner }: DirectoryParts,
  { file, hash }: ChunkId,
): Promise<ChunkInfo | undefined> {
  return await runner.query(async (tx) => {
    const record = await tx.get(chunks, file, hash);
    return record && (await chunkInfo(tx, file, hash, record));
  });
}

/** Garbage is wanted nowhere. */
export async function chunkInfo(
  tx: ReadTransaction,
  file: string,
  hash: string,
  { length, live, holders }: ChunkRecord,
): Promise<ChunkInfo> {
  const placement = live ? (await tx.get(files, file))?.placement : undefined;
  return {
    file: file as FileId,
    hash: hash as ChunkHash,
    length,
    wanted: placement?.stores ?? [],
    holders,
  };
}
