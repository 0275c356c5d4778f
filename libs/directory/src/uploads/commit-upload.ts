import {
  type CallContext,
  type ChunkHash,
  HoldfastError,
  type ReadTransaction,
  type UploadId,
} from '@holdfast/contracts';
import { callerOf } from '../caller.ts';
import { retarget } from '../copies/set-placement.ts';
import { confirmedOf } from '../copies/confirmed-of.ts';
import type { CommittedWrite, Upload } from '../directory.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import { parsePath } from '../names/path.ts';
import type { DirectoryParts } from '../parts.ts';
import { enrolledOf, generationOf } from '../stores/stores.ts';
import { files } from '../tables/files.ts';
import { uploadProgress } from '../tables/uploads.ts';
import type { Body } from '../tables/version-record.ts';
import { installVersion } from '../writes/install-version.ts';
import { requireCopies } from '../writes/write-small.ts';
import {
  checkVersion,
  isPlacedAnew,
  recordForWrite,
  resolveForWrite,
} from '../writes/write-target.ts';
import { forgetUpload } from './close-upload.ts';
import { requireOwnUpload } from './find-upload.ts';
import { type VerifiedUpload, verifyUpload } from './verify-upload.ts';

export interface UploadCommit {
  readonly upload: UploadId;
  readonly sizeBytes: number;
  readonly root: ChunkHash;
  readonly modifiedMs?: number | undefined;
}

/**
 * Makes an upload the current version of its path. Its chunks are checked before, and the commit
 * fails if they changed since; then they are checked again.
 */
export async function commitUpload(
  parts: DirectoryParts,
  commit: UploadCommit,
  context: CallContext,
): Promise<CommittedWrite> {
  callerOf(context);
  for (let attempt = 1; ; attempt++) {
    const attempted = { stale: false };
    try {
      return await tryCommit(parts, commit, context, attempted);
    } catch (error) {
      if (!attempted.stale || attempt === DIRECTORY_LIMITS.commitAttempts) throw error;
    }
  }
}

async function tryCommit(
  parts: DirectoryParts,
  commit: UploadCommit,
  context: CallContext,
  attempted: { stale: boolean },
): Promise<CommittedWrite> {
  const caller = callerOf(context);
  // Undefined for an upload that is gone: a repetition of this call still gets its first answer.
  const verified = await verifyUpload(parts, commit.upload);
  return await parts.runner.transact(async (tx) => {
    attempted.stale = false;
    const upload = await requireOwnUpload(tx, commit.upload, caller);
    const { file, options } = upload;
    const target = await resolveForWrite(tx, parsePath(options.path), caller);
    checkVersion(target, options);
    const record = await recordForWrite(tx, target, upload);
    if (!verified || !(await holds(tx, upload, verified))) {
      attempted.stale = true;
      throw changedMeanwhile(upload);
    }
    checkContent(commit, upload, verified);
    requireCopies(options, verified.confirmed);
    const body: Body =
      verified.chunks === 0
        ? { kind: 'empty' }
        : { kind: 'manifest', chunks: verified.chunks, root: commit.root };
    const before = await tx.get(files, file);
    const placedAnew = before !== undefined && isPlacedAnew(before, options);
    // A store may have left since the upload began.
    const wanted = placedAnew
      ? await enrolledOf(tx, record.placement.stores)
      : record.placement.stores;
    const modifiedMs = commit.modifiedMs ?? options.modifiedMs;
    const version = { sizeBytes: commit.sizeBytes, content: upload.upload, body, modifiedMs };
    const indexed = await confirmedOf(tx, file, version, wanted.length);
    const entry = await installVersion(tx, target, caller, {
      file,
      record: { ...record, placement: { ...record.placement, stores: wanted } },
      version,
      mode: options.mode,
      confirmed: verified.doubtful ? Math.min(indexed, verified.confirmed) : indexed,
    });
    if (placedAnew) await retarget(tx, file);
    forgetUpload(tx, upload);
    const { complete } = verified;
    return {
      entry,
      holders: wanted.filter((store) => !complete || complete.has(store)),
      missing: wanted.filter((store) => complete && !complete.has(store)),
    };
  }, context.call);
}

/** Whether what was found about the chunks is still so. */
async function holds(
  tx: ReadTransaction,
  { upload }: Upload,
  { revision, generations }: VerifiedUpload,
): Promise<boolean> {
  if ((await tx.get(uploadProgress, upload))?.revision !== revision) return false;
  for (const [store, generation] of generations) {
    if ((await generationOf(tx, store)) !== generation) return false;
  }
  return true;
}

function checkContent(
  { sizeBytes, root }: UploadCommit,
  { options, upload }: Upload,
  { coveredBytes, gap, overlapAt, root: found, chunks }: VerifiedUpload,
): void {
  const fail = (problem: string): HoldfastError =>
    new HoldfastError(
      'invalid-argument',
      `The upload of ${options.path} cannot be committed: ${problem}. Nothing was changed.`,
      { details: { upload, coveredBytes, chunks } },
    );
  if (overlapAt !== undefined) throw fail(`two chunks overlap at byte ${overlapAt}`);
  if (gap || coveredBytes < sizeBytes) {
    throw fail(`of ${sizeBytes} bytes, those from ${coveredBytes} on are missing`);
  }
  if (coveredBytes > sizeBytes) {
    throw fail(`it has ${coveredBytes} bytes and not the ${sizeBytes} announced`);
  }
  if (found !== root) throw fail(`its chunks hash to ${found} and not to the ${root} announced`);
}

function changedMeanwhile({ options }: Upload): HoldfastError {
  return new HoldfastError(
    'unavailable',
    `Chunks of ${options.path} change while it is committed. Finish sending it, then commit again.`,
  );
}
