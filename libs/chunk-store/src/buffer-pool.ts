import { assert, type Disk, Semaphore } from '@holdfast/kernel';

/** Memory for direct I/O that is lent out and taken back: at most `count` pieces of one size. */
export class BufferPool {
  readonly #disk: Disk;
  readonly #bytes: number;
  readonly #count: number;
  readonly #free: Uint8Array[] = [];
  readonly #turns: Semaphore;
  #lent = 0;

  constructor(disk: Disk, bytes: number, count: number) {
    this.#disk = disk;
    this.#bytes = bytes;
    this.#count = count;
    this.#turns = new Semaphore(count);
  }

  /** Whether `take` would find a piece. */
  get available(): boolean {
    return this.#lent < this.#count;
  }

  take(): Uint8Array {
    assert(this.available, 'no more memory is lent than there is');
    this.#lent++;
    return this.#free.pop() ?? this.#disk.allocate(this.#bytes);
  }

  giveBack(buffer: Uint8Array): void {
    this.#lent--;
    this.#free.push(buffer);
  }

  /** Runs `task` with a piece of memory, waiting in turn. All users of a pool wait, or none does. */
  async lend<T>(task: (buffer: Uint8Array) => Promise<T>): Promise<T> {
    using _turn = await this.#turns.acquire();
    const buffer = this.take();
    try {
      return await task(buffer);
    } finally {
      this.giveBack(buffer);
    }
  }
}
