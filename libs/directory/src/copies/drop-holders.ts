import {
  type ChunkId,
  HoldfastError,
  type ReadTransaction,
  type StoreId,
  type WriteTransaction,
} from '@holdfast/contracts';
import { assert } from '@holdfast/kernel';
import { DIRECTORY_LIMITS } from '../limits.ts';
import type { DirectoryParts } from '../parts.ts';
import { validHolders } from '../stores/stores.ts';
import { chunks } from '../tables/chunks.ts';
import { garbageChunks } from '../tables/garbage.ts';
import { uploadProgress, uploadsOfFile } from '../tables/uploads.ts';
import { CopyChanges } from './copy-changes.ts';

/** Forgets a store's copies, in commits of bounded size which wait for the disks together. */
export async function dropHolders(
  { runner }: DirectoryParts,
  store: StoreId,
  dropped: readonly ChunkId[],
): Promise<void> {
  const commits = Array.from(batches(dropped), (batch) =>
    runner.transact((tx) => dropBatch(tx, store, batch)),
  );
  await Promise.all(commits);
}

/** The same, but rejects with `not-empty` where no other store has a chunk for certain. */
export async function dropSpareHolders(
  { runner }: DirectoryParts,
  store: StoreId,
  dropped: readonly ChunkId[],
): Promise<void> {
  for (const batch of batches(dropped)) {
    await runner.transact(async (tx) => {
      for (const chunk of batch) await requireSpare(tx, store, chunk);
      await dropBatch(tx, store, batch);
    });
  }
}

function* batches(dropped: readonly ChunkId[]): Generator<readonly ChunkId[]> {
  const { commitChunks } = DIRECTORY_LIMITS;
  for (let at = 0; at < dropped.length; at += commitChunks) {
    yield dropped.slice(at, at + commitChunks);
  }
}

async function requireSpare(
  tx: ReadTransaction,
  store: StoreId,
  { file, hash }: ChunkId,
): Promise<void> {
  const record = await tx.get(chunks, file, hash);
  if (!record?.live) return;
  const others = record.holders.filter((holder) => holder.confirmed && holder.store !== store);
  if ((await validHolders(tx, others)).length > 0) return;
  throw new HoldfastError(
    'not-empty',
    `The store ${store} has the only copy of a part of a file (${file}). It stays until another one has it.`,
    { details: { store, file, hash } },
  );
}

async function dropBatch(
  tx: WriteTransaction,
  store: StoreId,
  batch: readonly ChunkId[],
): Promise<void> {
  const changes = new CopyChanges(tx);
  for (const chunk of batch) {
    const before = await tx.get(chunks, chunk.file, chunk.hash);
    if (!before?.holders.some((holder) => holder.store === store)) continue;
    const holders = before.holders.filter((holder) => holder.store !== store);
    const forgotten = !before.live && holders.length === 0;
    if (forgotten) tx.delete(garbageChunks, chunk.file, chunk.hash);
    await changes.save(chunk, before, forgotten ? undefined : { ...before, holders });
  }
  await disturbUploads(tx, await changes.refreshEntries());
}

/** Commits of these files that are under way must look at their chunks again. */
async function disturbUploads(tx: WriteTransaction, files: readonly string[]): Promise<void> {
  for (const upload of await openUploads(tx, files)) {
    const progress = await tx.get(uploadProgress, upload);
    assert(progress, 'an open upload has its progress');
    tx.put(uploadProgress, { ...progress, revision: progress.revision + 1 }, upload);
  }
}

/** Most files have none, so those between the first and the last file are looked for together. */
async function openUploads(
  tx: ReadTransaction,
  files: readonly string[],
): Promise<readonly string[]> {
  const sorted = [...files].sort();
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [];
  const limit = DIRECTORY_LIMITS.uploadsOfFile;
  const nearby = await tx.range(uploadsOfFile, {
    ...{ prefix: [], limit, through: [last] },
    after: [first, ''],
  });
  const found = nearby.length < limit ? nearby : await openUploadsOfEach(tx, files);
  const wanted = new Set(files);
  return found.flatMap(({ key: [file, upload] }) => (wanted.has(file) ? [upload] : []));
}

async function openUploadsOfEach(
  tx: ReadTransaction,
  files: readonly string[],
): Promise<readonly { readonly key: readonly [file: string, upload: string] }[]> {
  const limit = DIRECTORY_LIMITS.uploadsOfFile;
  const found = [];
  for (const file of files) {
    found.push(...(await tx.range(uploadsOfFile, { prefix: [file], limit })));
  }
  return found;
}
