import { DATA_LIMITS, type FileId, type ReadTransaction } from '@holdfast/contracts';
import { assert } from '@holdfast/kernel';
import type { PlacedChunk } from '../directory.ts';
import type { DirectoryParts } from '../parts.ts';
import { chunks } from '../tables/chunks.ts';
import { contents } from '../tables/contents.ts';
import { manifests } from '../tables/manifests.ts';
import type { VersionRecord } from '../tables/version-record.ts';
import { findVersion } from './find-version.ts';

export interface ManifestPage {
  readonly chunks: readonly PlacedChunk[];
  readonly more: boolean;
}

/** Chunks of a version that begin at `fromOffset` or after, or hold the byte there. */
export async function manifestPage(
  { runner }: DirectoryParts,
  file: FileId,
  version: number,
  fromOffset: number,
): Promise<ManifestPage> {
  return await runner.query(async (tx) => {
    const record = await findVersion(tx, file, version, `the file ${file}`);
    return await pageOfVersion(tx, file, record, fromOffset);
  });
}

export async function pageOfVersion(
  tx: ReadTransaction,
  file: FileId,
  { body, content }: VersionRecord,
  fromOffset: number,
): Promise<ManifestPage> {
  if (body.kind === 'manifest') return await pageOfContent(tx, file, content, fromOffset);
  if (body.kind === 'empty' || fromOffset >= body.length) return { chunks: [], more: false };
  const { hash, length } = body;
  const entry = { offset: 0, length, hash };
  if (body.kind === 'chunk') return { chunks: [await placed(tx, file, entry)], more: false };
  const bytes = await tx.get(contents, file, content);
  assert(bytes, 'an inline content has its bytes in the directory');
  return { chunks: [{ ...entry, holders: [], bytes }], more: false };
}

/** The same for the rows of a content, visible or not. */
export async function pageOfContent(
  tx: ReadTransaction,
  file: FileId,
  content: string,
  fromOffset: number,
): Promise<ManifestPage> {
  const limit = DATA_LIMITS.manifestPageChunks;
  const prefix = [file, content];
  const before = await tx.range(manifests, {
    prefix,
    after: [file, content, fromOffset + 1],
    reverse: true,
    limit: 1,
  });
  const [first] = before.filter(({ key, value }) => key[2] + value.length > fromOffset);
  const rest = await tx.range(manifests, {
    prefix,
    after: [file, content, fromOffset],
    limit: limit + 1,
  });
  const rows = first ? [first, ...rest] : rest;
  const page: PlacedChunk[] = [];
  for (const { key, value } of rows.slice(0, limit)) {
    page.push(await placed(tx, file, { offset: key[2], ...value }));
  }
  return { chunks: page, more: rows.length > limit };
}

async function placed(
  tx: ReadTransaction,
  file: FileId,
  entry: Omit<PlacedChunk, 'holders'>,
): Promise<PlacedChunk> {
  const record = await tx.get(chunks, file, entry.hash);
  assert(record, 'the chunk of a manifest has a record');
  return { ...entry, holders: record.holders };
}
