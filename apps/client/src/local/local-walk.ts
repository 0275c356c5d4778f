import { lstat, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError } from '@holdfast/contracts';
import { localError } from './local-error.ts';

/** Something in a local folder that can be sent. `relative` has `/` between names. */
export type LocalEntry =
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly relative: string;
      readonly sizeBytes: number;
      readonly modifiedMs: number;
    }
  | {
      readonly kind: 'folder';
      readonly path: string;
      readonly relative: string;
      readonly mode: number;
      readonly modifiedMs: number;
    }
  | {
      readonly kind: 'link';
      readonly path: string;
      readonly relative: string;
      readonly target: string;
      readonly modifiedMs: number;
    };

/** Told of what cannot be sent, and why. */
export type OnSkipped = (path: string, error: HoldfastError) => void;

/** All that is below a local folder, each folder before what is in it. Links are not followed. */
export async function* walkLocal(
  folder: string,
  onSkipped: OnSkipped,
  prefix = '',
): AsyncGenerator<LocalEntry> {
  for (const name of await namesIn(folder, onSkipped)) {
    const path = join(folder, name);
    const relative = prefix === '' ? name : `${prefix}/${name}`;
    const entry = await describe(path, relative, onSkipped);
    if (!entry) continue;
    yield entry;
    if (entry.kind === 'folder') yield* walkLocal(path, onSkipped, relative);
  }
}

async function namesIn(folder: string, onSkipped: OnSkipped): Promise<string[]> {
  const names: string[] = [];
  try {
    for (const bytes of await readdir(folder, { encoding: 'buffer' })) {
      const name = bytes.toString('utf8');
      if (Buffer.from(name).equals(bytes)) names.push(name);
      else onSkipped(join(folder, name), notUtf8(join(folder, name)));
    }
  } catch (cause) {
    onSkipped(folder, localError(cause, 'read', folder));
  }
  return names.sort();
}

async function describe(
  path: string,
  relative: string,
  onSkipped: OnSkipped,
): Promise<LocalEntry | undefined> {
  try {
    const found = await lstat(path);
    const modifiedMs = Math.trunc(found.mtimeMs);
    const { size: sizeBytes } = found;
    const mode = found.mode & 0o7777;
    if (found.isFile()) return { kind: 'file', path, relative, sizeBytes, modifiedMs };
    if (found.isDirectory()) return { kind: 'folder', path, relative, mode, modifiedMs };
    if (found.isSymbolicLink()) {
      return { kind: 'link', path, relative, target: await readlink(path), modifiedMs };
    }
    onSkipped(path, noFile(path));
  } catch (cause) {
    onSkipped(path, localError(cause, 'read', path));
  }
  return undefined;
}

function notUtf8(path: string): HoldfastError {
  return new HoldfastError(
    'invalid-argument',
    `The name of ${path} is not valid UTF-8. Rename it.`,
  );
}

function noFile(path: string): HoldfastError {
  return new HoldfastError(
    'invalid-argument',
    `${path} is a socket, a pipe or a device, and has no content to send.`,
  );
}
