import { open, stat, type FileHandle } from 'node:fs/promises';
import { HoldfastError } from '@holdfast/contracts';
import type { ByteSource } from '@holdfast/sdk';
import { localError } from './local-error.ts';

/** What a local file was when it was opened. */
export interface LocalFacts {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly mode: number;
  /** It has a size and can be read again; false for a pipe or a device. */
  readonly regular: boolean;
}

/** A local file that is being sent. */
export class LocalSource implements ByteSource, AsyncDisposable {
  readonly facts: LocalFacts;
  readonly reread?: (target: Uint8Array, offset: number) => Promise<void>;
  readonly #path: string;
  readonly #file: FileHandle;
  #position = 0;

  /** Rejects with why the file cannot be read, as an error of ours. */
  static async open(path: string): Promise<LocalSource> {
    let file: FileHandle | undefined;
    try {
      await refuseEndless(path);
      file = await open(path, 'r');
      const found = await file.stat();
      if (found.isDirectory()) {
        throw new HoldfastError('is-a-folder', `${path} is a folder. Use -r to send folders.`);
      }
      return new LocalSource(path, file, {
        sizeBytes: found.size,
        modifiedMs: Math.trunc(found.mtimeMs),
        mode: found.mode & 0o7777,
        regular: found.isFile(),
      });
    } catch (cause) {
      await file?.close();
      throw localError(cause, 'read', path);
    }
  }

  private constructor(path: string, file: FileHandle, facts: LocalFacts) {
    this.#path = path;
    this.#file = file;
    this.facts = facts;
    if (facts.regular) this.reread = (target, offset) => this.#reread(target, offset);
  }

  async read(target: Uint8Array): Promise<number> {
    const at = this.facts.regular ? this.#position : null;
    try {
      const { bytesRead } = await this.#file.read(target, 0, target.length, at);
      this.#position += bytesRead;
      return bytesRead;
    } catch (cause) {
      throw localError(cause, 'read', this.#path);
    }
  }

  /** Rejects unless the file still is what it was, so that no mixture of two states is stored. */
  async checkUnchanged(sizeBytes: number): Promise<void> {
    if (!this.facts.regular) return;
    const now = await this.#file.stat();
    const same =
      now.size === sizeBytes &&
      sizeBytes === this.facts.sizeBytes &&
      Math.trunc(now.mtimeMs) === this.facts.modifiedMs;
    // What /proc and /sys show has no size of its own, and no state that could be mixed.
    if (same || (now.size === 0 && this.facts.sizeBytes === 0)) return;
    throw new HoldfastError(
      'version-conflict',
      `${this.#path} changed while it was sent, so nothing was stored. Send it again when nothing writes to it.`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  async #reread(target: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < target.length;) {
      const { bytesRead } = await this.#file.read(
        target,
        done,
        target.length - done,
        offset + done,
      );
      if (bytesRead === 0) await this.checkUnchanged(offset + done);
      if (bytesRead === 0) throw new HoldfastError('internal', `${this.#path} became shorter.`);
      done += bytesRead;
    }
  }
}

/** Opening a named pipe waits for its writer, and nothing ends that; what a shell made is open. */
async function refuseEndless(path: string): Promise<void> {
  const found = await stat(path);
  const ofShell = path.startsWith('/dev/fd/') || path.startsWith('/proc/');
  if (!found.isSocket() && (!found.isFIFO() || ofShell)) return;
  throw new HoldfastError(
    'invalid-argument',
    `${path} is a socket or a named pipe. To send what comes out of a pipe: put - NAME < ${path}`,
  );
}
