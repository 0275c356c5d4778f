import {
  assert,
  type Clock,
  DISK_BLOCK_BYTES,
  type Disk,
  DiskError,
  type DiskErrorCode,
  sleep,
} from '@holdfast/kernel';
import { type SeededRandom, seededRandom } from './random.ts';
import {
  type DiskMachine,
  type DiskOperationKind,
  type MachineOperation,
  MountedDisk,
} from './mounted-disk.ts';
import { SimulatedFolder } from './simulated-folder.ts';
import { type PageCount, SimulatedInode } from './simulated-inode.ts';

export type { DiskOperationKind };

export interface DiskOperation {
  readonly kind: DiskOperationKind;
  readonly path: string;
  /** Counts the operations of the disk, from 1. */
  readonly number: number;
}

export interface SimulatedDiskOptions {
  readonly random?: SeededRandom;
  /** With a clock, each operation takes between nothing and `slowestMs` of its time. */
  readonly clock?: Clock;
  readonly slowestMs?: number;
  readonly capacityBytes?: number;
}

/**
 * A disk that does what a bad real one does. Power cuts lose any subset of unsynced pages, sizes and
 * names, each by itself, and tear pages; a failed sync drops what it should have kept.
 */
export interface SimulatedDisk {
  /** The disk as a program of the present boot sees it. It hangs for ever once that has ended. */
  mount(): Disk;
  /** The power goes: everything not synced is lost or not, programs hang, locks are free. */
  crash(): void;
  /** The programs die, as by `kill -9`; what they wrote stays in the cache. */
  kill(): void;
  /** Turns over the bits of one byte of a file. */
  corrupt(path: string, offset: number): void;
  /** The files below a folder, sorted, each with its size. */
  files(folder: string): readonly { readonly path: string; readonly bytes: number }[];
  /** What is on stable storage now, for `restore`. */
  snapshot(): DiskSnapshot;
  /** Sets the disk back, as by an older copy of it. No program may use it. */
  restore(snapshot: DiskSnapshot): void;
  /** Asked before each operation; a code makes it fail. It may end the boot. */
  fault: ((operation: DiskOperation) => DiskErrorCode | undefined | void) | undefined;
  /** May be changed at any time. */
  capacityBytes: number;
  /** Of the capacity, taken now. */
  readonly usedBytes: number;
  /** The longest that an operation's half takes, in milliseconds; may be changed at any time. */
  slowestMs: number;
  /** Operations so far. */
  readonly operations: number;
}

/** What a disk had on stable storage at some time. */
export interface DiskSnapshot {
  readonly root: SimulatedFolder;
}

const DEFAULT_SLOWEST_MS = 2;

export function simulatedDisk(options: SimulatedDiskOptions = {}): SimulatedDisk {
  return new Machine(options);
}

class Machine implements SimulatedDisk, DiskMachine {
  fault: SimulatedDisk['fault'];
  capacityBytes: number;
  slowestMs: number;
  operations = 0;
  readonly random: SeededRandom;
  root: SimulatedFolder = new SimulatedFolder();
  readonly count: PageCount = { pages: 0 };
  readonly locks = new Set<string>();
  readonly #clock: Clock | undefined;
  boot = 0;

  constructor(options: SimulatedDiskOptions) {
    this.random = options.random ?? seededRandom('disk');
    this.capacityBytes = options.capacityBytes ?? Infinity;
    this.#clock = options.clock;
    this.slowestMs = options.slowestMs ?? DEFAULT_SLOWEST_MS;
  }

  get usedBytes(): number {
    return this.count.pages * DISK_BLOCK_BYTES;
  }

  mount(): Disk {
    return new MountedDisk(this, this.boot);
  }

  kill(): void {
    this.boot++;
    this.locks.clear();
  }

  crash(): void {
    this.kill();
    for (const folder of this.root.folders()) {
      // Names first: what a lost name led to is gone with it.
      folder.crash(this.random);
    }
    const files = this.root.files();
    for (const file of files) file.crash(this.random);
    this.#countPages();
  }

  files(folder: string): readonly { readonly path: string; readonly bytes: number }[] {
    const node = this.find(folder);
    if (!(node instanceof SimulatedFolder)) return [];
    return node.paths().map((name) => {
      const path = `${folder}/${name}`;
      const file = this.find(path);
      return { path, bytes: file instanceof SimulatedInode ? file.size : 0 };
    });
  }

  snapshot(): DiskSnapshot {
    return { root: this.root.durableCopy({ pages: 0 }) };
  }

  restore({ root }: DiskSnapshot): void {
    this.kill();
    this.root = root.durableCopy(this.count);
    this.#countPages();
  }

  corrupt(path: string, offset: number): void {
    const node = this.find(path);
    assert(node instanceof SimulatedInode, `there is a file ${path} to corrupt`);
    node.corrupt(offset);
  }

  find(path: string): SimulatedFolder | SimulatedInode | undefined {
    let node: SimulatedFolder | SimulatedInode | undefined = this.root;
    for (const name of path.split('/').filter((part) => part !== '')) {
      node = node instanceof SimulatedFolder ? node.get(name) : undefined;
    }
    return node;
  }

  /** Takes time, asks for a fault, has its effect in between; hangs if the boot has ended. */
  async operate<T>(boot: number, operation: MachineOperation, effect: () => T): Promise<T> {
    await this.#pause();
    if (boot !== this.boot) await forEver();
    const number = ++this.operations;
    const code = this.fault?.({ kind: operation.kind, path: operation.path, number }) ?? undefined;
    if (boot !== this.boot) await forEver();
    if (code !== undefined) {
      operation.onFault?.();
      throw new DiskError(code, operation.path, `A fault was asked for: ${operation.kind} fails.`);
    }
    const result = effect();
    await this.#pause();
    // Nothing is awaited between this look and the end, or a power cut could come in between.
    if (boot !== this.boot) await forEver();
    operation.atEnd?.();
    return result;
  }

  #countPages(): void {
    this.count.pages = [...this.root.files()].reduce((sum, file) => sum + file.pages, 0);
  }

  async #pause(): Promise<void> {
    if (this.#clock === undefined) await Promise.resolve();
    else await sleep(this.#clock, this.random.fraction() * this.slowestMs);
  }
}

/** A dead program's call never comes back. */
function forEver(): Promise<never> {
  return new Promise(() => {});
}
