import * as fs from 'node:fs';
import { assert, DISK_BLOCK_BYTES, DiskError, type DiskFile } from '@holdfast/kernel';
import { diskError } from './disk-error.ts';
import { HOST_LIMITS } from './limits.ts';

export interface NodeDiskFileOptions {
  readonly descriptor: number;
  /** Relative to the disk's root, for messages. */
  readonly path: string;
  readonly direct: boolean;
  readonly allocate: (bytes: number) => Uint8Array;
}

/** An open file. All its waits run on libuv's threads, four unless UV_THREADPOOL_SIZE says more. */
export class NodeDiskFile implements DiskFile {
  readonly direct: boolean;
  readonly #descriptor: number;
  readonly #path: string;
  readonly #allocate: (bytes: number) => Uint8Array;
  #closing: Promise<void> | undefined;

  constructor(options: NodeDiskFileOptions) {
    this.direct = options.direct;
    this.#descriptor = options.descriptor;
    this.#path = options.path;
    this.#allocate = options.allocate;
  }

  size(): Promise<number> {
    return this.#call<fs.Stats>((done) => fs.fstat(this.#descriptor, done)).then((s) => s.size);
  }

  async read(target: Uint8Array, offset: number): Promise<number> {
    let total = 0;
    while (total < target.length) {
      const count = await this.#call<number>((done) =>
        fs.read(this.#descriptor, target, total, target.length - total, offset + total, done),
      );
      total += count;
      // A direct read that ends inside a block has met the end, and could not go on from there.
      if (count === 0 || (this.direct && count % DISK_BLOCK_BYTES !== 0)) break;
    }
    return total;
  }

  async write(source: Uint8Array, offset: number): Promise<void> {
    let total = 0;
    while (total < source.length) {
      const count = await this.#call<number>((done) =>
        fs.write(this.#descriptor, source, total, source.length - total, offset + total, done),
      );
      if (count === 0) throw new DiskError('io', this.#path, 'The disk took no bytes.');
      // A part that ends inside a block is written again from the block's start, for direct I/O.
      const whole = this.direct && total + count < source.length;
      total += whole ? count - (count % DISK_BLOCK_BYTES) : count;
    }
  }

  async preallocate(bytes: number): Promise<void> {
    const zeros = this.#allocate(HOST_LIMITS.zerosBytes);
    for (let at = await this.size(); at < bytes;) {
      const count = Math.min(HOST_LIMITS.zerosBytes, bytes - at);
      await this.write(zeros.subarray(0, count), at);
      at += count;
    }
  }

  truncate(bytes: number): Promise<void> {
    return this.#call<void>((done) => fs.ftruncate(this.#descriptor, bytes, done));
  }

  /**
   * `fdatasync`, which takes the size along where that is needed to read the data again. What is
   * synced into a file that somebody has deleted meanwhile is lost, and must not be acknowledged (§P1).
   */
  async sync(): Promise<void> {
    await this.#call<void>((done) => fs.fdatasync(this.#descriptor, done));
    // The kernel has this at hand: it does not wait for the disk.
    if (fs.fstatSync(this.#descriptor).nlink > 0) return;
    throw new DiskError('io', this.#path, `The file ${this.#path} was deleted while it was open.`);
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve, reject) => {
      fs.close(this.#descriptor, (error) =>
        error ? reject(diskError(error, this.#path)) : resolve(),
      );
    });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #call<T>(start: (done: (error: Error | null, result?: T) => void) => void): Promise<T> {
    assert(this.#closing === undefined, 'nothing is asked of a closed file');
    return new Promise((resolve, reject) => {
      start((error, result) =>
        error ? reject(diskError(error, this.#path)) : resolve(result as T),
      );
    });
  }
}
