import type { ChunkPath, FilesContract, Remote } from '@holdfast/contracts';

/** The chunk path through the frontend, for which only its one address needs to be reachable. */
export function relayChunkPath(files: Remote<FilesContract>): ChunkPath {
  return {
    put: (chunk, options) => files.putChunk(chunk, options),
    get: ({ handle, offset, exclude, suspects = [] }, options) =>
      files.getChunk({ handle, offset, exclude: [...exclude], suspects: [...suspects] }, options),
  };
}
