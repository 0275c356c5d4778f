import { randomBytes } from 'node:crypto';
import { chmod, link, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HoldfastError } from '@holdfast/contracts';
import { fromHex, toHex } from '@holdfast/kernel';
import { makeFolders } from './make-folders.ts';

const KEY_BYTES = 32;
const PRIVATE_MODE = 0o600;

/**
 * The cluster key in the file at `path`, which is made if it is missing. Whichever part starts first
 * makes it: all others, even in the same instant, get the same key, since a link appears at once
 * and whole. Rejects with `invalid-argument` if the file holds anything else than a key.
 */
export async function ensureClusterKey(path: string): Promise<Uint8Array> {
  return (await readKey(path)) ?? (await makeKey(path));
}

/** Puts a key that was made elsewhere at `path`; rejects with `already-exists` if another is there. */
export async function installClusterKey(path: string, key: Uint8Array): Promise<void> {
  const present = (await readKey(path)) ?? (await linkKey(path, key));
  if (toHex(present) === toHex(key)) return;
  throw new HoldfastError(
    'already-exists',
    `${path} holds the key of another cluster. Move it away if this machine is to leave that cluster.`,
  );
}

async function makeKey(path: string): Promise<Uint8Array> {
  return await linkKey(path, randomBytes(KEY_BYTES));
}

async function linkKey(path: string, key: Uint8Array): Promise<Uint8Array> {
  await makeFolders(dirname(path));
  const unfinished = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await writeSynced(unfinished, `${toHex(key)}\n`);
    await link(unfinished, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(unfinished, { force: true });
  }
  const present = await readKey(path);
  if (present) return present;
  throw new HoldfastError('not-found', `The cluster key ${path} was removed while it was made.`);
}

async function readKey(path: string): Promise<Uint8Array | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  await keepPrivate(path);
  if (/^[0-9a-f]{64}\s*$/i.test(text)) return fromHex(text.trim());
  throw new HoldfastError(
    'invalid-argument',
    `${path} is not a cluster key (64 hexadecimal digits). Copy it again from the first machine.`,
  );
}

/** A copied file is often readable by others; the key must not be. */
async function keepPrivate(path: string): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) await chmod(path, PRIVATE_MODE);
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', PRIVATE_MODE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
