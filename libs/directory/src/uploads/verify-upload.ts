import {
  DATA_LIMITS,
  type ReadTransaction,
  type StoreId,
  type UploadId,
} from '@holdfast/contracts';
import { assert, fromHex, toHex } from '@holdfast/kernel';
import type { Holder, PlacedChunk, Upload } from '../directory.ts';
import type { DirectoryParts } from '../parts.ts';
import { generationOf } from '../stores/stores.ts';
import { chunks } from '../tables/chunks.ts';
import { manifests } from '../tables/manifests.ts';
import { uploadProgress, uploads } from '../tables/uploads.ts';

/** What was found about an upload's chunks, true while `revision` and `generations` hold. */
export interface VerifiedUpload {
  readonly revision: number;
  /** Of every store that a chunk's holder names; undefined: not enrolled. */
  readonly generations: Generations;
  readonly chunks: number;
  /** Where the first gap begins, or the end. */
  readonly coveredBytes: number;
  /** There are chunks after a gap. */
  readonly gap: boolean;
  /** Where two chunks overlap, if they do. */
  readonly overlapAt: number | undefined;
  /** BLAKE3 over the hashes in order, in hexadecimal. */
  readonly root: string;
  /** Confirmed copies of the least copied chunk; infinite where there is no chunk. */
  readonly confirmed: number;
  /** Some holder was left out because its store may have forgotten the chunk since. */
  readonly doubtful: boolean;
  /** Stores that have every chunk; undefined where there is no chunk. */
  readonly complete: ReadonlySet<StoreId> | undefined;
}

/**
 * Reads all chunks of an upload, page by page, before its commit, so that the commit itself reads
 * and writes little whatever the file's size. Undefined if the upload is not open.
 */
export async function verifyUpload(
  { runner, hasher }: DirectoryParts,
  id: UploadId,
): Promise<VerifiedUpload | undefined> {
  const { upload, progress } = await runner.query(async (tx) => ({
    upload: await tx.get(uploads, id),
    progress: await tx.get(uploadProgress, id),
  }));
  if (!upload || !progress) return undefined;
  const check = new UploadCheck();
  for (let after = -1, more = true; more;) {
    const page = await runner.query((tx) => readPage(tx, upload, after));
    for (const chunk of page.chunks) check.add(chunk, page.generations);
    after = page.chunks.at(-1)?.offset ?? after;
    more = page.more;
  }
  return check.result(progress.revision, toHex(hasher.hash(check.hashes)));
}

type Generations = ReadonlyMap<StoreId, number | undefined>;

async function readPage(
  tx: ReadTransaction,
  { upload, file }: Upload,
  after: number,
): Promise<{ chunks: PlacedChunk[]; generations: Generations; more: boolean }> {
  const limit = DATA_LIMITS.manifestPageChunks;
  const from = after < 0 ? {} : { after: [file, upload, after] as const };
  const rows = await tx.range(manifests, { prefix: [file, upload], limit, ...from });
  const generations = new Map<StoreId, number | undefined>();
  const page: PlacedChunk[] = [];
  for (const { key, value } of rows) {
    const record = await tx.get(chunks, file, value.hash);
    assert(record, 'a recorded chunk has a record');
    page.push({ offset: key[2], ...value, holders: record.holders });
    for (const { store } of record.holders) {
      if (!generations.has(store)) generations.set(store, await generationOf(tx, store));
    }
  }
  return { chunks: page, generations, more: rows.length === limit };
}

/** Gathers what one pass over the chunks shows. */
class UploadCheck {
  readonly hashes: Uint8Array[] = [];
  readonly #generations = new Map<StoreId, number | undefined>();
  #coveredBytes = 0;
  #gap = false;
  #overlapAt: number | undefined;
  #confirmed = Number.POSITIVE_INFINITY;
  #doubtful = false;
  #complete: Set<StoreId> | undefined;

  add({ offset, length, hash, holders }: PlacedChunk, generations: Generations): void {
    if (offset > this.#coveredBytes) this.#gap = true;
    if (offset < this.#coveredBytes) this.#overlapAt ??= offset;
    if (!this.#gap) this.#coveredBytes = offset + length;
    this.hashes.push(fromHex(hash));
    this.#count(holders, generations);
  }

  result(revision: number, root: string): VerifiedUpload {
    return {
      revision,
      root,
      generations: this.#generations,
      chunks: this.hashes.length,
      coveredBytes: this.#coveredBytes,
      gap: this.#gap,
      overlapAt: this.#overlapAt,
      confirmed: this.#confirmed,
      doubtful: this.#doubtful,
      complete: this.#complete,
    };
  }

  #count(holders: readonly Holder[], generations: Generations): void {
    const confirming = new Set<StoreId>();
    for (const { store, generation, confirmed } of holders) {
      if (!this.#generations.has(store)) this.#generations.set(store, generations.get(store));
      if (!confirmed) continue;
      if (this.#generations.get(store) === generation) confirming.add(store);
      else this.#doubtful = true;
    }
    this.#confirmed = Math.min(this.#confirmed, confirming.size);
    const complete = this.#complete;
    this.#complete = complete
      ? new Set([...complete].filter((store) => confirming.has(store)))
      : confirming;
  }
}
