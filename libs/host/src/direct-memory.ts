import * as fs from 'node:fs';
import { join } from 'node:path';
import { assert, DISK_BLOCK_BYTES } from '@holdfast/kernel';
import { errnoOf } from './disk-error.ts';

const PROBE_NAME = '.direct-io-probe';
/** What C allocators align to: no start between two of these is worth a probe. */
const ALLOCATION_STEP_BYTES = 16;

/** `O_DIRECT` where the platform has it. */
export const DIRECT_FLAG: number = fs.constants.O_DIRECT ?? 0;

/**
 * Memory that direct I/O accepts on one file system. JavaScript cannot see addresses, and what a
 * file system wants is not written anywhere, so each buffer is tried once: a direct read into a
 * start that does not suit fails with EINVAL. The memory of an array buffer never moves, so what
 * suits once suits for life.
 */
export class DirectMemory implements Disposable {
  #probe: number | undefined;

  /** Tries the file system below `root`. */
  static below(root: string): DirectMemory {
    return new DirectMemory(openProbe(root));
  }

  /** Tries the file system of a file, whose first block must have been written. */
  static of(file: string): DirectMemory {
    return new DirectMemory(openDirect(file));
  }

  private constructor(probe: number | undefined) {
    this.#probe = probe;
    if (this.#probe !== undefined && this.#alignedStart(roomFor(DISK_BLOCK_BYTES)) === undefined) {
      fs.closeSync(this.#probe);
      this.#probe = undefined;
    }
  }

  /** False where the file system refuses direct I/O. */
  get available(): boolean {
    return this.#probe !== undefined;
  }

  allocate(bytes: number): Uint8Array {
    assert(bytes % DISK_BLOCK_BYTES === 0, 'memory for a disk comes in whole blocks');
    if (!this.available) return new Uint8Array(bytes);
    const room = roomFor(bytes);
    const start = this.#alignedStart(room);
    assert(start !== undefined, 'a file system that took one buffer for direct I/O takes any');
    return room.subarray(start, start + bytes);
  }

  /** Nothing can be allocated any more; what was, stays good. */
  [Symbol.dispose](): void {
    if (this.#probe !== undefined) fs.closeSync(this.#probe);
    this.#probe = undefined;
  }

  #alignedStart(room: Uint8Array): number | undefined {
    return this.#suits(room, LIKELY_START) ? LIKELY_START : this.#search(room);
  }

  #search(room: Uint8Array): number | undefined {
    for (let start = 0; start < DISK_BLOCK_BYTES; start += ALLOCATION_STEP_BYTES) {
      if (this.#suits(room, start)) return start;
    }
    return undefined;
  }

  #suits(room: Uint8Array, start: number): boolean {
    if (this.#probe === undefined) return false;
    try {
      return fs.readSync(this.#probe, room, start, DISK_BLOCK_BYTES, 0) === DISK_BLOCK_BYTES;
    } catch (error) {
      if (errnoOf(error) === 'EINVAL') return false;
      throw error;
    }
  }
}

/**
 * Where the first page begins in a large allocation of glibc: whole pages from the kernel, after a
 * header of 16 bytes.
 */
const LIKELY_START = DISK_BLOCK_BYTES - ALLOCATION_STEP_BYTES;

function roomFor(bytes: number): Uint8Array {
  return new Uint8Array(bytes + DISK_BLOCK_BYTES);
}

/** A file of one block of zeros, open for direct reads, whose name is gone already. */
function openProbe(root: string): number | undefined {
  if (DIRECT_FLAG === 0) return undefined;
  const path = join(root, `${PROBE_NAME}-${process.pid}`);
  try {
    fs.writeFileSync(path, new Uint8Array(DISK_BLOCK_BYTES), { mode: 0o600 });
    return openDirect(path);
  } catch {
    // A full or read-only disk: buffered I/O then says itself what is wrong.
    return undefined;
  } finally {
    removeProbe(path);
  }
}

/** Undefined where that is refused. */
function openDirect(path: string): number | undefined {
  if (DIRECT_FLAG === 0) return undefined;
  try {
    return fs.openSync(path, fs.constants.O_RDONLY | DIRECT_FLAG);
  } catch {
    return undefined;
  }
}

/** In a folder that this process may not search there is no probe, and asking for it fails, too. */
function removeProbe(path: string): void {
  try {
    fs.rmSync(path, { force: true });
  } catch {
    // Whoever uses the folder next says what is wrong with it, by a name that a user knows.
  }
}
