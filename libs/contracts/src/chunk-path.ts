import type { ByteParts, LentParts } from '@holdfast/kernel';
import type { CallOptions } from './method.ts';
import type { ChunkHash, FileId, UploadId } from './values.ts';

/** Which servers took a chunk. */
export interface PutChunkResult {
  readonly holders: readonly string[];
  readonly missing: readonly string[];
}

export interface ChunkToPut {
  readonly upload: UploadId;
  readonly offset: number;
  readonly hash: ChunkHash;
  readonly content: ByteParts;
}

export interface ChunkToGet {
  readonly handle: string;
  readonly offset: number;
  readonly file: FileId;
  readonly hash: ChunkHash;
  readonly length: number;
  /** Servers whose copy turned out wrong, though they had verified it. */
  readonly exclude: readonly string[];
  /** Servers that did not give it out, or not the right bytes; whoever reads it next had better see why. */
  readonly suspects?: readonly string[];
}

export interface GotChunk {
  readonly content: LentParts;
  readonly server: string;
  /** Whether the server has verified it on the way. */
  readonly verified: boolean;
}

/**
 * How the sdk moves chunks: through the frontend's relay, or straight from the servers, with tickets.
 * The caller verifies what it gets, and may dispose of it once it is done with it.
 */
export interface ChunkPath {
  put(chunk: ChunkToPut, options?: CallOptions): Promise<PutChunkResult>;
  get(chunk: ChunkToGet, options?: CallOptions): Promise<GotChunk>;
}
