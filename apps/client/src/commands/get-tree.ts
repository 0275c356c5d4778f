import { chmod, lstat, lutimes, readlink, symlink, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders } from '@holdfast/host';
import { ERROR_CODES, type HoldfastError, isHoldfastError, type Entry } from '@holdfast/contracts';
import { Semaphore } from '@holdfast/kernel';
import { CLIENT_LIMITS } from '../limits.ts';
import { localError } from '../local/local-error.ts';
import type { Getting } from './getting.ts';
import { permitsOf } from './tree-permits.ts';

/** Fetches a folder with all that is in it to `local`, which is made if it is not there. */
export async function getTree(
  getting: Getting,
  folder: string,
  entry: Entry,
  local: string,
): Promise<void> {
  await expectBytes(getting, folder);
  await new TreeFetcher(getting).fetch(folder, entry, local);
}

/** Asks once how much there is, so that the progress bar knows its end. */
async function expectBytes(getting: Getting, path: string): Promise<void> {
  const { context, client } = getting;
  if (!context.terminal.showsProgress) return;
  const { sizeBytes } = await client.files.usage({ path }, { signal: context.signal });
  getting.expect(sizeBytes);
}

class TreeFetcher {
  readonly #getting: Getting;
  /** A large file takes all permits, since it reads several chunks ahead by itself. */
  readonly #window = new Semaphore(CLIENT_LIMITS.filesInFlight);
  readonly #folders: { readonly local: string; readonly entry: Entry }[] = [];
  /** A failure that every further file would share. */
  #fatal: HoldfastError | undefined;

  constructor(getting: Getting) {
    this.#getting = getting;
  }

  async fetch(folder: string, entry: Entry, local: string): Promise<void> {
    const { client, context } = this.#getting;
    await this.#makeFolder(local, entry);
    const prefix = folder === '/' ? '' : folder;
    for await (const walked of client.walk(folder, context.signal)) {
      if (this.#fatal) throw this.#fatal;
      const target = join(local, ...walked.path.slice(prefix.length + 1).split('/'));
      await this.#begin(walked.path, walked.entry, target);
    }
    using _all = await this.#window.acquire(CLIENT_LIMITS.filesInFlight, context.signal);
    if (this.#fatal) throw this.#fatal;
    await this.#finishFolders();
  }

  async #begin(path: string, entry: Entry, local: string): Promise<void> {
    if (entry.kind === 'file') {
      const amount = permitsOf(entry.sizeBytes);
      const permit = await this.#window.acquire(amount, this.#getting.context.signal);
      void this.#fetchFile(path, local, permit);
      return;
    }
    try {
      if (entry.kind === 'folder') await this.#makeFolder(local, entry);
      else await this.#makeLink(local, entry);
    } catch (error) {
      this.#failed(path, error);
    }
  }

  async #fetchFile(path: string, local: string, permit: Disposable): Promise<void> {
    using _permit = permit;
    try {
      await this.#getting.file(path, local);
    } catch (error) {
      this.#failed(path, error);
    }
  }

  async #makeFolder(local: string, entry: Entry): Promise<void> {
    try {
      await makeFolders(local);
      this.#folders.push({ local, entry });
    } catch (cause) {
      throw localError(cause, 'make', local);
    }
  }

  async #makeLink(local: string, { target = '', modifiedMs }: Entry): Promise<void> {
    try {
      const present = await lstat(local).catch(() => undefined);
      if (present?.isSymbolicLink()) {
        if ((await readlink(local)) === target) return;
        if (this.#getting.flags.force) await unlink(local);
      }
      await symlink(target, local);
      const time = new Date(modifiedMs);
      await lutimes(local, time, time);
    } catch (cause) {
      throw localError(cause, 'make the link', local);
    }
  }

  /** Last, and from the inside out: a folder without the right to write could not be filled. */
  async #finishFolders(): Promise<void> {
    for (const { local, entry } of this.#folders.toReversed()) {
      try {
        await chmod(local, entry.mode & 0o777);
        await utimes(local, entry.modifiedMs / 1000, entry.modifiedMs / 1000);
      } catch (cause) {
        this.#failed(local, localError(cause, 'set the time of', local));
      }
    }
  }

  #failed(path: string, error: unknown): void {
    if (this.#getting.context.signal.aborted) return;
    if (concernsAll(error)) this.#fatal ??= error;
    else this.#getting.failed(path, error);
  }
}

/** The cluster or the local disk, not the file, is what failed. */
function concernsAll(error: unknown): error is HoldfastError {
  if (!isHoldfastError(error)) return false;
  const { code } = error;
  const ofAll = code === 'unauthenticated' || code === 'local-disk-full';
  return ofAll || ERROR_CODES[code].exit === 'unavailable';
}
