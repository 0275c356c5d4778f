import { HoldfastError, type UploadId, type WriteOptions, chunkHash } from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { fromHex, toHex } from '@holdfast/kernel';
import type { HoldfastClient } from '@holdfast/sdk';
import type { DirectPuts } from '@holdfast/sdk/testing';
import { type Content, hashText, pieceBytes } from './content.ts';

/** How long the frontend is given to hear that an upload was given up. */
const ABORT_MS = 3_000;

export interface PieceWriter {
  readonly client: HoldfastClient;
  /** How chunks go straight to the servers; undefined: they do not. */
  readonly puts: DirectPuts | undefined;
}

/**
 * Uploads a file in chunks of its pieces' sizes, so that a file of many chunks is cheap. The frontend
 * may restart meanwhile; what it forgot of the chunks is put again, as the sdk does.
 */
export async function writePieces(
  { client, puts }: PieceWriter,
  content: Content,
  options: WriteOptions,
): Promise<{ readonly version: number }> {
  const { files } = client;
  const { upload } = await files.openUpload(options);
  const chunks = chunksOf(content);
  const hashes = chunks.map(({ hash }) => fromHex(hash));
  const sizeBytes = chunks.reduce((sum, { bytes }) => sum + bytes.length, 0);
  try {
    const put = async ({ offset, bytes, hash }: Chunk): Promise<void> => {
      const sent = { upload, offset, hash: chunkHash.parse(hash), content: [bytes] };
      if (!(await puts?.put(sent, {}))) await files.putChunk(sent);
    };
    for (const chunk of chunks) await put(chunk);
    for (const chunk of await missing(client, upload, chunks)) await put(chunk);
    const root = chunkHash.parse(toHex(blake3Hasher.hash(hashes)));
    const { entry } = await files.commitUpload({ upload, sizeBytes, root }).catch(asGone);
    return { version: entry.version };
  } catch (error) {
    await files.abortUpload({ upload }, { timeoutMs: ABORT_MS }).catch(() => {});
    throw error;
  }
}

interface Chunk {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly hash: string;
}

function chunksOf(content: Content): readonly Chunk[] {
  let offset = 0;
  return content.map((piece) => {
    const bytes = pieceBytes(piece);
    const chunk = { offset, bytes, hash: hashText([bytes]) };
    offset += bytes.length;
    return chunk;
  });
}

/** Chunks of which a frontend that has restarted does not know; none unless it has. */
async function missing(
  client: HoldfastClient,
  upload: UploadId,
  chunks: readonly Chunk[],
): Promise<readonly Chunk[]> {
  const known = await client.files.reopenUpload({ upload, fromOffset: 0 });
  const offsets = new Set(known.chunks.map((chunk) => chunk.offset));
  return chunks.filter((chunk) => !offsets.has(chunk.offset));
}

/** The frontend restarted just before the commit, and does not know all chunks: nothing happened. */
function asGone(error: unknown): never {
  if (error instanceof HoldfastError && error.code === 'invalid-argument') {
    throw new HoldfastError('upload-gone', 'The upload lost chunks.', { cause: error });
  }
  throw error;
}
