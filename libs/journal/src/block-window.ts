import { type Disk, DISK_BLOCK_BYTES, type DiskFile } from '@holdfast/kernel';
import { roundUp } from './format.ts';
import { JOURNAL_LIMITS } from './limits.ts';

/** Memory for reading, used again: making it anew costs more than most reads. */
export class WindowMemory {
  readonly disk: Disk;
  readonly #free: Uint8Array[] = [];

  constructor(disk: Disk) {
    this.disk = disk;
  }

  take(): Uint8Array {
    return this.#free.pop() ?? this.disk.allocate(JOURNAL_LIMITS.readWindowBytes);
  }

  giveBack(memory: Uint8Array): void {
    if (this.#free.length < JOURNAL_LIMITS.reads) this.#free.push(memory);
  }
}

/** Reads a file forward in large pieces and hands out views of them, which end with it. */
export class BlockWindow implements Disposable {
  readonly #file: DiskFile;
  readonly #memory: WindowMemory;
  readonly #usual: Uint8Array;
  /** The usual memory, or more of it where a batch is larger. */
  #window: Uint8Array;
  #start = 0;
  #filled = 0;

  constructor(memory: WindowMemory, file: DiskFile) {
    this.#memory = memory;
    this.#file = file;
    this.#usual = memory.take();
    this.#window = this.#usual;
  }

  /**
   * Bytes of the file from `offset`, a block's start, on; fewer than asked for at its end. The view
   * is good until the next call.
   */
  async view(offset: number, bytes: number): Promise<Uint8Array> {
    if (offset < this.#start || offset + bytes > this.#start + this.#filled) {
      await this.#fill(offset, bytes);
    }
    const from = offset - this.#start;
    return this.#window.subarray(from, Math.min(from + bytes, this.#filled));
  }

  [Symbol.dispose](): void {
    this.#memory.giveBack(this.#usual);
  }

  async #fill(offset: number, bytes: number): Promise<void> {
    if (bytes > this.#window.length) this.#window = this.#memory.disk.allocate(roundUp(bytes));
    this.#start = offset;
    this.#filled = 0;
    const count = await this.#file.read(this.#window, offset);
    this.#filled = count - (count % DISK_BLOCK_BYTES);
  }
}
