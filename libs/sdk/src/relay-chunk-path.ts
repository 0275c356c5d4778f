import type { ChunkPath, FilesContract, Remote } from '@holdfast/contracts';

/** The chunk path through the frontend, for which only its one address needs to be reachable. */
export function relayChunkPath(files: Remote<FilesContract>): ChunkPath {
  return {
    put: (chunk, options) => files.putChunk(chunk, options),
    get: async ({ handle, offset, exclude, suspects = [] }, options) => {
      const servers = { exclude: [...exclude], suspects: [...suspects] };
      const got = await files.getChunk({ handle, offset, ...servers }, options);
      return { ...got, verified: true };
    },
  };
}
