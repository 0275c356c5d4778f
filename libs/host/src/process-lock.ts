import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { basename, dirname } from 'node:path';
import { DiskError } from '@holdfast/kernel';
import { diskError, errnoOf } from './disk-error.ts';

/** `O_EXLOCK | O_NONBLOCK` of the BSDs and macOS: a lock that ends with its process. */
const BSD_EXCLUSIVE_LOCK = 0x20 | 0x04;

/**
 * Takes a lock that the operating system ends with its process, however that dies; a file with a
 * process id would outlive `kill -9`, and Node has no `flock`. On Linux it is an abstract socket and
 * on Windows a pipe, named after device and inode of the folder, so that every path to one folder
 * leads to one lock. Processes in different network namespaces of Linux do not see each other's.
 *
 * The file at `path` only says who holds it. `shown` is its name for messages.
 */
export async function lockFile(path: string, shown: string): Promise<AsyncDisposable> {
  try {
    const held = await take(path);
    await fs.writeFile(path, `${process.pid}\n`, { mode: 0o600 });
    return held;
  } catch (error) {
    if (!['EADDRINUSE', 'EAGAIN', 'EWOULDBLOCK'].includes(errnoOf(error))) {
      throw diskError(error, shown);
    }
    const holder = await fs.readFile(path, 'utf8').catch(() => '');
    const by = /^\d+$/.test(holder.trim()) ? `process ${holder.trim()}` : 'another process';
    throw new DiskError('locked', shown, `${path} is in use by ${by}.`, { cause: error });
  }
}

async function take(path: string): Promise<AsyncDisposable> {
  const name = `holdfast-${await nameOf(path)}`;
  if (process.platform === 'linux') return await bind(`\0${name}`);
  if (process.platform === 'win32') return await bind(`\\\\.\\pipe\\${name}`);
  const flags = 0x2 | 0x200 | BSD_EXCLUSIVE_LOCK;
  const handle = await fs.open(path, flags, 0o600);
  return { [Symbol.asyncDispose]: () => handle.close() };
}

async function nameOf(path: string): Promise<string> {
  const folder = await fs.stat(dirname(path), { bigint: true });
  const identity = `${folder.dev}/${folder.ino}/${basename(path)}`;
  return createHash('sha256').update(identity).digest('hex').slice(0, 32);
}

async function bind(name: string): Promise<AsyncDisposable> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path: name, exclusive: true }, resolve);
  });
  server.unref();
  return { [Symbol.asyncDispose]: () => closed(server) };
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
