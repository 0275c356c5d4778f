import { deferred, type Deferred, type Disk, type DiskFile } from '@holdfast/kernel';
import { simulatedClock } from './clock.ts';
import { type SimulatedDisk, simulatedDisk } from './disk.ts';

/** How many operations of a kind are under way, and the most that ever were. */
interface Count {
  now: number;
  most: number;
}

/** A disk that can be made to wait with what is asked of some of its files, and counts it. */
export class HeldDisk {
  readonly machine: SimulatedDisk = simulatedDisk();
  readonly disk: Disk = this.machine.mount();
  readonly reads: Count = { now: 0, most: 0 };
  readonly writes: Count = { now: 0, most: 0 };
  /** Called with the bytes and the offset of each write. */
  onWrite: (source: Uint8Array, offset: number) => void = () => {};
  /** Pieces of memory that were asked for, by their bytes. */
  readonly allocated: Map<number, number> = new Map();
  #held: Deferred<void> | undefined;

  /** `isWatched` says of a path whether its file is counted and held. */
  constructor(isWatched: (path: string) => boolean) {
    const open = this.disk.open.bind(this.disk);
    const allocate = this.disk.allocate.bind(this.disk);
    Object.assign(this.disk, {
      open: async (...asked: Parameters<Disk['open']>) => {
        const file = await open(...asked);
        return isWatched(asked[0]) ? this.#watched(file) : file;
      },
      allocate: (bytes: number) => {
        this.allocated.set(bytes, (this.allocated.get(bytes) ?? 0) + 1);
        return allocate(bytes);
      },
    });
  }

  /** From now on reads and writes wait, until what this gives is disposed of. */
  hold(): Disposable {
    const held = deferred();
    this.#held = held;
    return { [Symbol.dispose]: () => held.resolve() };
  }

  /** Lets everything happen that needs nothing held. */
  async settle(): Promise<void> {
    await simulatedClock().settle();
  }

  #watched(file: DiskFile): DiskFile {
    const read = file.read.bind(file);
    const write = file.write.bind(file);
    return Object.assign(file, {
      read: (...asked: Parameters<DiskFile['read']>) =>
        this.#counted(this.reads, () => read(...asked)),
      write: (...asked: Parameters<DiskFile['write']>) => {
        this.onWrite(...asked);
        return this.#counted(this.writes, () => write(...asked));
      },
    });
  }

  async #counted<T>(count: Count, work: () => Promise<T>): Promise<T> {
    count.most = Math.max(count.most, ++count.now);
    try {
      await this.#held?.promise;
      return await work();
    } finally {
      count.now--;
    }
  }
}
