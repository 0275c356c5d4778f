import { link, lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HoldfastError } from '@holdfast/contracts';
import { LongFileWriter } from '@holdfast/host';
import { safeText } from '../display/safe-text.ts';
import { CLIENT_LIMITS } from '../limits.ts';
import { localError } from './local-error.ts';

/** Attributes that a downloaded file gets. */
export interface FileAttributes {
  readonly mode: number;
  readonly modifiedMs: number;
}

/**
 * A local file in the making, under a temporary name beside its target, so that the target's name
 * never shows a part of a file (§P2). Disposing it before `finish` leaves nothing.
 */
export class DownloadTarget implements AsyncDisposable {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: FileHandle;
  /** Of a long file, where its disk can be written to directly. */
  #long: LongFileWriter | undefined;
  #finished = false;

  /** `sizeBytes`: about what will be written. */
  static async create(
    path: string,
    { random, sizeBytes }: { readonly random: string; readonly sizeBytes: number },
  ): Promise<DownloadTarget> {
    const temporary = join(dirname(path), `.${basename(path).slice(0, 200)}.${random}.part`);
    try {
      const file = await open(temporary, 'wx', 0o600);
      const target = new DownloadTarget(path, temporary, file);
      if (sizeBytes >= CLIENT_LIMITS.longFileBytes) await target.#writeDirectly();
      return target;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw noFolder(dirname(path), cause);
      throw localError(cause, 'write', path);
    }
  }

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      if (this.#long) await this.#long.write(bytes);
      else await writeAll(this.#file, bytes);
    } catch (cause) {
      throw localError(cause, 'write', this.#path);
    }
  }

  /** Gives the file its attributes and its name; `already-exists` unless it may `replace` one. */
  async finish({ mode, modifiedMs }: FileAttributes, replace: boolean): Promise<void> {
    try {
      await this.#long?.finish();
      this.#long = undefined;
      await this.#file.chmod(mode & 0o777);
      await this.#file.utimes(modifiedMs / 1000, modifiedMs / 1000);
      await this.#file.sync();
      await this.#file.close();
      if (replace) await rename(this.#temporary, this.#path);
      else await this.#nameOnlyIfFree();
      this.#finished = true;
    } catch (cause) {
      throw localError(cause, 'write', this.#path);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#long?.close().catch(() => {});
    await this.#file.close().catch(() => {});
    if (!this.#finished) await unlink(this.#temporary).catch(() => {});
  }

  async #writeDirectly(): Promise<void> {
    try {
      this.#long = await LongFileWriter.open(this.#temporary);
    } catch (cause) {
      await this[Symbol.asyncDispose]();
      throw cause;
    }
  }

  async #nameOnlyIfFree(): Promise<void> {
    try {
      await link(this.#temporary, this.#path);
      await unlink(this.#temporary);
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EEXIST') throw alreadyThere(this.#path);
      // A file system without hard links; the small gap between look and rename is left.
      if (await exists(this.#path)) throw alreadyThere(this.#path);
      await rename(this.#temporary, this.#path);
    }
  }
}

function noFolder(folder: string, cause: unknown): HoldfastError {
  const shown = safeText(folder);
  const message = `There is no folder ${shown} on this computer. Make it, and try again.`;
  return new HoldfastError('not-found', message, { cause, details: { localPath: folder } });
}

export async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done);
    done += bytesWritten;
  }
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}

function alreadyThere(path: string): HoldfastError {
  return new HoldfastError(
    'already-exists',
    `${path} is there already. Use --force to replace it.`,
  );
}
