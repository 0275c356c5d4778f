import type { ChunkId, WriteTransaction } from '@holdfast/contracts';
import type { AcknowledgedHolder, Holder } from '../directory.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import type { DirectoryParts } from '../parts.ts';
import { admitHolders } from '../stores/stores.ts';
import { chunks } from '../tables/chunks.ts';
import { CopyChanges } from './copy-changes.ts';
import { mergeHolders } from './merge-holders.ts';

type AddedHolder = ChunkId & { readonly holder: AcknowledgedHolder };

/** A chunk with all holders that are added to it. */
interface ChunkAdded extends ChunkId {
  readonly added: AcknowledgedHolder[];
}

/** Notes new holders of live chunks, in commits of bounded size which wait for the disks together. */
export async function addHolders(
  { runner }: DirectoryParts,
  added: readonly AddedHolder[],
): Promise<void> {
  const all = byChunk(added);
  const commits: Promise<void>[] = [];
  for (let at = 0; at < all.length; at += DIRECTORY_LIMITS.commitChunks) {
    const batch = all.slice(at, at + DIRECTORY_LIMITS.commitChunks);
    commits.push(runner.transact((tx) => addBatch(tx, batch)));
  }
  await Promise.all(commits);
}

function byChunk(added: readonly AddedHolder[]): readonly ChunkAdded[] {
  const found = new Map<string, ChunkAdded>();
  for (const { file, hash, holder } of added) {
    const known = found.get(file + hash);
    if (known) known.added.push(holder);
    else found.set(file + hash, { file, hash, added: [holder] });
  }
  return [...found.values()];
}

async function addBatch(tx: WriteTransaction, batch: readonly ChunkAdded[]): Promise<void> {
  const changes = new CopyChanges(tx);
  /** Chunks that came together have the same holder. */
  const admitted = new Map<AcknowledgedHolder, readonly Holder[]>();
  for (const { file, hash, added } of batch) {
    const before = await tx.get(chunks, file, hash);
    if (!before?.live || !(await changes.file(file))) continue;
    let { holders } = before;
    for (const holder of added) {
      const valid = admitted.get(holder) ?? (await admitHolders(tx, [holder]));
      admitted.set(holder, valid);
      if (valid.length > 0) holders = mergeHolders(holders, valid);
    }
    if (holders !== before.holders) {
      await changes.save({ file, hash }, before, { ...before, holders });
    }
  }
  await changes.refreshEntries();
}
