import { existsSync, mkdirSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it that are missing; one that is there stays as it is. Node's own
 * way never ends where a file system takes no new folders and says that something is missing, as
 * `/proc` does.
 */
export async function makeFolders(path: string, mode = 0o777): Promise<void> {
  for (const folder of missingUpTo(path)) {
    await mkdir(folder, mode).catch((error: unknown) => tolerate(error, folder));
  }
}

/** The same at once, for the start of a program. */
export function makeFoldersAtOnce(path: string, mode = 0o777): void {
  for (const folder of missingUpTo(path)) {
    try {
      mkdirSync(folder, mode);
    } catch (error) {
      tolerate(error, folder);
    }
  }
}

/** From the outermost on; the folder itself in any case. */
function missingUpTo(path: string): readonly string[] {
  const missing = [path];
  for (let above = dirname(path); !existsSync(above); above = dirname(above)) {
    missing.unshift(above);
  }
  return missing;
}

function tolerate(error: unknown, folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return;
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'EEXIST') throw refused('ENOTDIR', 'something else is there', folder);
  if (code === 'ENOENT') throw refused('ENOTSUP', 'its file system takes no new folders', folder);
  throw error;
}

function refused(code: string, why: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${why}, mkdir '${path}'`), {
    code,
    syscall: 'mkdir',
    path,
  });
}
