import type { ChunkPath, FilesContract, Hasher, Remote } from '@holdfast/contracts';
import type { ReadBuffers } from './chunk-buffers.ts';
import type { Connection } from './connection.ts';
import type { DirectOpenings } from './direct-openings.ts';

/** What uploads and downloads of one client share. */
export interface TransferParts {
  /** Its calls outlive a frontend that goes away and comes back. */
  readonly files: Remote<FilesContract>;
  readonly path: ChunkPath;
  /** Absent where a client has no connections to file servers. */
  readonly openings?: DirectOpenings | undefined;
  readonly hasher: Pick<Hasher, 'hash'>;
  readonly connection: Connection;
  readonly buffers: ReadBuffers;
}
