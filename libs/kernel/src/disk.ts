/** Bytes that every direct read and write must be a multiple of, in length, offset and address. */
export const DISK_BLOCK_BYTES = 4096;

/** How `Disk.open` treats the file. */
export interface OpenOptions {
  /** `read`: must exist. `write`: must exist. `create`: made if missing, never truncated. */
  readonly mode: 'read' | 'write' | 'create';
  /**
   * Ask for direct I/O. Then every buffer must come from `Disk.allocate`, and offsets and lengths
   * must be multiples of `DISK_BLOCK_BYTES`. A file system that cannot do it is used buffered,
   * under the same rules.
   */
  readonly direct?: boolean;
}

export interface FolderEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
}

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/**
 * What a real disk does and no more, so that the simulated one can be honest: nothing is durable
 * before `sync`, no new name before `syncFolder`, and after a failed sync nothing is known about
 * what was written since the last good one. Paths are relative to the disk's root, with `/`.
 *
 * Failures reject with a `DiskError`.
 */
export interface Disk {
  open(path: string, options: OpenOptions): Promise<DiskFile>;
  /** Names in a folder, sorted; `not-found` if there is no such folder. */
  list(folder: string): Promise<FolderEntry[]>;
  /** Makes a folder and its parents; no error if it is there. */
  makeFolder(folder: string): Promise<void>;
  /** Moves a file over whatever has the new name. Durable after `syncFolder` of both folders. */
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  syncFolder(folder: string): Promise<void>;
  /** Takes a lock that ends with its process, or rejects with `locked`. Disposing releases it. */
  lock(path: string): Promise<AsyncDisposable>;
  space(): Promise<DiskSpace>;
  /** Zeroed memory that direct I/O accepts. `bytes` must be a multiple of `DISK_BLOCK_BYTES`. */
  allocate(bytes: number): Uint8Array;
}

export interface DiskFile extends AsyncDisposable {
  /** True if reads and writes bypass the page cache. */
  readonly direct: boolean;
  size(): Promise<number>;
  /** Reads into the whole of `target`; returns the bytes read, fewer only at the end of the file. */
  read(target: Uint8Array, offset: number): Promise<number>;
  /** Writes all of `source` at `offset`, growing the file as needed. */
  write(source: Uint8Array, offset: number): Promise<void>;
  /** Grows the file to `bytes` with written zeros, so that later small syncs need no new extents. */
  preallocate(bytes: number): Promise<void>;
  truncate(bytes: number): Promise<void>;
  /** Data and size reach stable storage. After a rejection the file must not be trusted again. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

export type DiskErrorCode = 'not-found' | 'exists' | 'no-space' | 'read-only' | 'locked' | 'io';

/** A disk operation failed. `path` is relative to the disk's root. */
export class DiskError extends Error {
  readonly code: DiskErrorCode;
  readonly path: string;
  constructor(code: DiskErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DiskError';
    this.code = code;
    this.path = path;
  }
}
