import * as fs from 'node:fs';
import { join } from 'node:path';
import { assert, type Disk, type OpenOptions } from '@holdfast/kernel';
import { DIRECT_FLAG, DirectMemory } from './direct-memory.ts';
import { diskError, errnoOf } from './disk-error.ts';
import { NodeDiskFile } from './node-disk-file.ts';
import { makeFoldersAtOnce } from './make-folders.ts';
import { lockFile } from './process-lock.ts';

const OPEN_FLAGS = {
  read: fs.constants.O_RDONLY,
  write: fs.constants.O_RDWR,
  create: fs.constants.O_RDWR | fs.constants.O_CREAT,
} as const satisfies Record<OpenOptions['mode'], number>;

export interface NodeDiskOptions {
  /** False: never ask for direct I/O, for tests and comparisons. */
  readonly direct?: boolean;
}

/**
 * A folder of the machine as a `Disk`. The folder is made if it is missing. What is in it is for its
 * owner alone: journals hold names and password hashes.
 *
 * Reads, writes and syncs run on libuv's threads. There are four; an app that wants more in flight
 * sets `UV_THREADPOOL_SIZE` before it starts.
 */
export function nodeDisk(root: string, options: NodeDiskOptions = {}): Disk {
  makeRoot(root);
  const memory = options.direct === false ? undefined : DirectMemory.below(root);
  const allocate = (bytes: number): Uint8Array => {
    if (memory !== undefined) return memory.allocate(bytes);
    return new Uint8Array(bytes);
  };
  const absolute = (path: string): string => join(root, checked(path));

  return {
    allocate,
    open: async (path, { mode, direct = false }) => {
      const bypass = direct && memory?.available === true;
      const opened = await openFile(absolute(path), OPEN_FLAGS[mode], bypass).catch(rethrow(path));
      return new NodeDiskFile({ ...opened, path, allocate });
    },
    list: async (folder) => {
      const entries = await fs.promises
        .readdir(absolute(folder), { withFileTypes: true })
        .catch(rethrow(folder));
      return entries
        .filter((entry) => entry.isFile() || entry.isDirectory())
        .map((entry) => ({
          name: entry.name,
          kind: entry.isFile() ? ('file' as const) : ('folder' as const),
        }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    makeFolder: async (folder) => {
      const made = { recursive: true, mode: 0o700 };
      await fs.promises.mkdir(absolute(folder), made).catch(rethrow(folder));
    },
    rename: (from, to) => fs.promises.rename(absolute(from), absolute(to)).catch(rethrow(from)),
    unlink: (path) => fs.promises.unlink(absolute(path)).catch(rethrow(path)),
    syncFolder: (folder) => syncFolder(absolute(folder)).catch(rethrow(folder)),
    lock: (path) => lockFile(absolute(path), path),
    space: async () => {
      const stats = await fs.promises.statfs(root).catch(rethrow(''));
      return { freeBytes: stats.bavail * stats.bsize, totalBytes: stats.blocks * stats.bsize };
    },
  };
}

function makeRoot(root: string): void {
  try {
    makeFoldersAtOnce(root, 0o700);
  } catch (error) {
    throw diskError(error, '');
  }
}

async function openFile(
  path: string,
  flags: number,
  direct: boolean,
): Promise<{ descriptor: number; direct: boolean }> {
  if (direct) {
    try {
      return { descriptor: await openDescriptor(path, flags | DIRECT_FLAG), direct: true };
    } catch (error) {
      // A file system mounted below the root may refuse what the root's own takes.
      if (errnoOf(error) !== 'EINVAL') throw error;
    }
  }
  return { descriptor: await openDescriptor(path, flags), direct: false };
}

function openDescriptor(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, 0o600, (error, descriptor) =>
      error ? reject(error) : resolve(descriptor),
    );
  });
}

async function syncFolder(path: string): Promise<void> {
  // Windows keeps names durable by itself and cannot open a folder.
  if (process.platform === 'win32') return;
  const handle = await fs.promises.open(path, fs.constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function rethrow(path: string): (error: unknown) => never {
  return (error) => {
    throw diskError(error, path);
  };
}

function checked(path: string): string {
  const inside = !path.startsWith('/') && !path.split('/').includes('..') && !path.includes('\0');
  assert(inside, 'a path on a disk stays below its root');
  return path;
}
