import {
  DATA_LIMITS,
  HoldfastError,
  isHoldfastError,
  type WriteOptions,
  type WriteResult,
} from '@holdfast/contracts';
import { Semaphore } from '@holdfast/kernel';
import { abortable } from './abortable.ts';
import type { ByteSource } from './byte-source.ts';
import { ChunkCutter, type Cut } from './chunk-cutter.ts';
import { hashChunk } from './chunk-hash.ts';
import { SDK_LIMITS } from './limits.ts';
import { throwIfCancelled } from './patience.ts';
import type { TransferParts } from './transfer-parts.ts';
import { Upload } from './upload.ts';

export interface PutOptions extends WriteOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes that are on stable storage so far. */
  readonly onProgress?: ((doneBytes: number) => void) | undefined;
  /** Called when all bytes are sent and before the version becomes visible; a rejection aborts. */
  readonly beforeCommit?: ((sizeBytes: number) => Promise<void>) | undefined;
}

/**
 * Writes a new version with all bytes of `source`. A small file is one call; of a larger one a
 * bounded number of chunks is under way, so that memory is flat. Nothing becomes visible unless
 * the promise resolves, but for a commit whose answer was lost with the client.
 */
export async function putFile(
  parts: TransferParts,
  source: ByteSource,
  options: PutOptions,
): Promise<WriteResult> {
  const { signal, onProgress: _, beforeCommit, ...write } = options;
  throwIfCancelled(signal);
  const cutter = new ChunkCutter(source, parts.buffers);
  const first = await cutter.next();
  if (cutter.ended && (first?.bytes.length ?? 0) <= DATA_LIMITS.inlineFileBytes) {
    return await putInline(parts, first, options);
  }
  const stop = new AbortController();
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const upload = await Upload.open(parts, write, either);
  try {
    const sending = { parts, source, cutter, upload, stop, either, options };
    const sizeBytes = await sendAll(sending, first);
    await beforeCommit?.(sizeBytes);
    return await commitWhole(sending, sizeBytes);
  } catch (error) {
    stop.abort(error);
    await upload.abort();
    throwIfCancelled(signal);
    throw error;
  }
}

async function putInline(
  parts: TransferParts,
  only: Cut | undefined,
  { signal, onProgress, beforeCommit, ...write }: PutOptions,
): Promise<WriteResult> {
  const bytes = only?.bytes ?? new Uint8Array(0);
  await beforeCommit?.(bytes.length);
  const hash = hashChunk(parts.hasher, [bytes]);
  const file = { ...write, hash, content: bytes.length > 0 ? [bytes] : [] };
  const options = signal ? { signal } : {};
  const result = await parts.files.write(file, options);
  if (only) parts.buffers.give(only.buffer);
  onProgress?.(bytes.length);
  return result;
}

interface Sending {
  readonly parts: TransferParts;
  readonly source: ByteSource;
  readonly cutter: ChunkCutter;
  readonly upload: Upload;
  /** Aborted with the first failure, so that chunks under way are not waited for. */
  readonly stop: AbortController;
  /** Aborts with `stop`, and when the caller gives up. */
  readonly either: AbortSignal;
  readonly options: PutOptions;
}

/** Sends all chunks, a window of them at once; resolves with the size of the file. */
async function sendAll(sending: Sending, first: Cut | undefined): Promise<number> {
  const { cutter, upload, stop, either, options } = sending;
  const permits = SDK_LIMITS.uploadChunksInFlight;
  const window = new Semaphore(permits);
  let sizeBytes = 0;
  let doneBytes = 0;
  const send = async (cut: Cut, permit: Disposable): Promise<void> => {
    using _permit = permit;
    try {
      await upload.put(cut);
      // Only now: a failed message may still lie in a socket's queue.
      sending.parts.buffers.give(cut.buffer);
      doneBytes += cut.bytes.length;
      options.onProgress?.(doneBytes);
    } catch (error) {
      stop.abort(error);
    }
  };
  for (let cut = first; cut;) {
    const permit = await window.acquire(1, either);
    sizeBytes += cut.bytes.length;
    void send(cut, permit);
    cut = await abortable(cutter.next(), either);
  }
  using _all = await window.acquire(permits, either);
  either.throwIfAborted();
  await resendLost(sending, sizeBytes);
  return sizeBytes;
}

/** A frontend that restarts between the last chunk and the commit may have forgotten some of them. */
async function commitWhole(sending: Sending, sizeBytes: number): Promise<WriteResult> {
  const { upload, options } = sending;
  for (;;) {
    try {
      return await upload.commit(sizeBytes, options.modifiedMs);
    } catch (error) {
      if (!isHoldfastError(error, 'invalid-argument') || !upload.mayLackChunks) throw error;
      await resendLost(sending, sizeBytes);
    }
  }
}

/** Chunks that were acknowledged and are gone with a frontend's disk are read and put once more. */
async function resendLost({ parts, source, upload }: Sending, sizeBytes: number): Promise<void> {
  for (let lost = await upload.lostChunks(); lost.length > 0; lost = await upload.lostChunks()) {
    for (const index of lost) {
      if (!source.reread) throw cannotReadAgain();
      const offset = index * DATA_LIMITS.chunkBytes;
      const length = Math.min(DATA_LIMITS.chunkBytes, sizeBytes - offset);
      const buffer = parts.buffers.takeWhole();
      const bytes = buffer.subarray(0, length);
      await source.reread(bytes, offset);
      if (hashChunk(parts.hasher, [bytes]) !== upload.hashOf(index)) throw changedSource();
      await upload.put({ index, offset, bytes });
      parts.buffers.give(buffer);
    }
  }
}

function cannotReadAgain(): HoldfastError {
  return new HoldfastError(
    'upload-gone',
    'The frontend lost a part of the upload, and its source cannot be read a second time. Send it again.',
  );
}

function changedSource(): HoldfastError {
  return new HoldfastError(
    'upload-gone',
    'The source changed while it was sent. Send it again when nothing writes to it.',
  );
}
