import type { ByteParts } from '@holdfast/kernel';
import type { CallOptions } from './method.ts';
import type { ChunkHash, UploadId } from './values.ts';

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
  /** Servers whose copy turned out wrong. */
  readonly exclude: readonly string[];
}

/**
 * How the sdk moves chunks: through the frontend's relay now; straight to the servers, with tickets,
 * later. The caller verifies what it gets.
 */
export interface ChunkPath {
  put(chunk: ChunkToPut, options?: CallOptions): Promise<PutChunkResult>;
  get(chunk: ChunkToGet, options?: CallOptions): Promise<{ content: ByteParts; server: string }>;
}
