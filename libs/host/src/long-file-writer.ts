import * as fs from 'node:fs/promises';
import { constants } from 'node:fs';
import { DISK_BLOCK_BYTES } from '@holdfast/kernel';
import { DIRECT_FLAG, DirectMemory } from './direct-memory.ts';
import { HOST_LIMITS } from './limits.ts';

/**
 * Writes a long file from its beginning to its end, past the page cache: pages for a GiB that nobody
 * reads soon cost more than the writing, and are written to the disk all at once in the end. One piece is
 * on its way to the disk while the next one is filled.
 */
export class LongFileWriter {
  readonly #file: fs.FileHandle;
  readonly #pieces: [Uint8Array, Uint8Array];
  #filled = 0;
  /** Where the next piece goes. */
  #offset = 0;
  #writing: Promise<void> = Promise.resolve();

  /** For a new, empty file at `path`; undefined where the file system has no direct I/O. */
  static async open(path: string): Promise<LongFileWriter | undefined> {
    if (DIRECT_FLAG === 0) return undefined;
    await fs.writeFile(path, new Uint8Array(DISK_BLOCK_BYTES));
    using memory = DirectMemory.of(path);
    // What may be read directly need not take direct writes.
    const file = memory.available
      ? await fs.open(path, constants.O_WRONLY | DIRECT_FLAG).catch(() => undefined)
      : undefined;
    if (!file) {
      await fs.truncate(path, 0);
      return undefined;
    }
    const bytes = HOST_LIMITS.longFilePieceBytes;
    return new LongFileWriter(file, [memory.allocate(bytes), memory.allocate(bytes)]);
  }

  private constructor(file: fs.FileHandle, pieces: [Uint8Array, Uint8Array]) {
    this.#file = file;
    this.#pieces = pieces;
  }

  /** Takes all of `bytes`, which may be changed once it resolves; rejects if what came before failed. */
  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const [piece] = this.#pieces;
      const part = bytes.subarray(done, done + piece.length - this.#filled);
      piece.set(part, this.#filled);
      this.#filled += part.length;
      done += part.length;
      if (this.#filled === piece.length) await this.#sendPiece();
    }
  }

  /** Resolves when the file has all bytes and no more. They are not synced. */
  async finish(): Promise<void> {
    const bytes = this.#offset + this.#filled;
    if (this.#filled > 0) await this.#sendPiece();
    await this.#writing;
    await this.#file.truncate(bytes);
    await this.close();
  }

  async close(): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#file.close();
  }

  /** The last one goes in whole blocks, with what is too much behind it. */
  async #sendPiece(): Promise<void> {
    await this.#writing;
    const [piece, other] = this.#pieces;
    const blocks = Math.ceil(this.#filled / DISK_BLOCK_BYTES) * DISK_BLOCK_BYTES;
    this.#writing = this.#writeAll(piece.subarray(0, blocks), this.#offset);
    // Whoever writes or finishes next hears of it.
    this.#writing.catch(() => {});
    this.#offset += this.#filled;
    this.#filled = 0;
    this.#pieces.splice(0, 2, other, piece);
  }

  async #writeAll(blocks: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < blocks.length;) {
      const { bytesWritten } = await this.#file.write(
        blocks,
        done,
        blocks.length - done,
        offset + done,
      );
      // A part that ends inside a block is written again from the block's start.
      done += bytesWritten - (bytesWritten % DISK_BLOCK_BYTES);
      if (bytesWritten < DISK_BLOCK_BYTES) throw noRoom();
    }
  }
}

/** A disk that takes less than a block has no room for it. */
function noRoom(): Error {
  return Object.assign(new Error('The disk took no block.'), { code: 'ENOSPC', syscall: 'write' });
}
