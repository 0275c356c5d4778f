import {
  assert,
  type Disk,
  DISK_BLOCK_BYTES,
  DiskError,
  type DiskFile,
  folderOf,
} from '@holdfast/kernel';
import type { SeededRandom } from './random.ts';
import { SimulatedFolder } from './simulated-folder.ts';
import { type PageCount, SimulatedInode, type SyncPoint } from './simulated-inode.ts';

export type DiskOperationKind =
  | 'open'
  | 'list'
  | 'makeFolder'
  | 'rename'
  | 'unlink'
  | 'syncFolder'
  | 'lock'
  | 'space'
  | 'size'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync';

/** One call of a program to its disk. */
export interface MachineOperation {
  readonly kind: DiskOperationKind;
  readonly path: string;
  readonly onFault?: () => void;
  /** Takes place when the operation is over and the power is still there. */
  readonly atEnd?: () => void;
}

/** The machine that a disk is part of. */
export interface DiskMachine {
  readonly random: SeededRandom;
  readonly root: SimulatedFolder;
  readonly count: PageCount;
  readonly locks: Set<string>;
  readonly capacityBytes: number;
  readonly usedBytes: number;
  readonly boot: number;
  find(path: string): SimulatedFolder | SimulatedInode | undefined;
  /** Takes time, asks for a fault, has its effect in between; hangs if the boot has ended. */
  operate<T>(boot: number, operation: MachineOperation, effect: () => T): Promise<T>;
}

/** The simulated disk as the programs of one boot see it. */
export class MountedDisk implements Disk {
  readonly #machine: DiskMachine;
  readonly #boot: number;
  readonly #allocated = new WeakSet<ArrayBufferLike>();

  constructor(machine: DiskMachine, boot: number) {
    this.#machine = machine;
    this.#boot = boot;
  }

  allocate(bytes: number): Uint8Array {
    assert(bytes % DISK_BLOCK_BYTES === 0, 'memory for a disk comes in whole blocks');
    const memory = new Uint8Array(bytes);
    this.#allocated.add(memory.buffer);
    return memory;
  }

  open(path: string, options: Parameters<Disk['open']>[1]): Promise<DiskFile> {
    return this.#operate('open', path, () => {
      const folder = this.#folder(folderOf(path));
      let node = folder.get(baseOf(path));
      if (node === undefined && options.mode === 'create') {
        node = new SimulatedInode(this.#machine.count);
        folder.set(baseOf(path), node);
      }
      if (!(node instanceof SimulatedInode)) throw notFound(path);
      return this.#openFile(path, node, options.direct ?? false);
    });
  }

  list(folder: string): ReturnType<Disk['list']> {
    return this.#operate('list', folder, () =>
      this.#folder(folder)
        .entries()
        .map(([name, node]) => ({
          name,
          kind: node instanceof SimulatedInode ? ('file' as const) : ('folder' as const),
        })),
    );
  }

  makeFolder(folder: string): Promise<void> {
    return this.#operate('makeFolder', folder, () => {
      let parent = this.#machine.root;
      for (const name of folder.split('/').filter((part) => part !== '')) {
        const node = parent.get(name) ?? new SimulatedFolder();
        if (node instanceof SimulatedInode) throw new DiskError('exists', folder, 'It is a file.');
        if (parent.get(name) === undefined) parent.set(name, node);
        parent = node;
      }
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#operate('rename', from, () => {
      const node = this.#folder(folderOf(from)).get(baseOf(from));
      if (node === undefined) throw notFound(from);
      const target = this.#folder(folderOf(to));
      const replaced = target.get(baseOf(to));
      if (replaced instanceof SimulatedInode) this.#machine.count.pages -= replaced.pages;
      target.set(baseOf(to), node);
      this.#folder(folderOf(from)).set(baseOf(from), undefined);
    });
  }

  unlink(path: string): Promise<void> {
    return this.#operate('unlink', path, () => {
      const folder = this.#folder(folderOf(path));
      const node = folder.get(baseOf(path));
      if (!(node instanceof SimulatedInode)) throw notFound(path);
      this.#machine.count.pages -= node.pages;
      folder.set(baseOf(path), undefined);
    });
  }

  async syncFolder(path: string): Promise<void> {
    let end = (): void => {};
    const begin = (): void => {
      end = this.#folder(path).beginSync();
    };
    const operation = { kind: 'syncFolder', path, atEnd: () => end() } as const;
    await this.#machine.operate(this.#boot, operation, begin);
  }

  lock(path: string): Promise<AsyncDisposable> {
    return this.#operate('lock', path, () => {
      const { locks } = this.#machine;
      if (locks.has(path)) throw new DiskError('locked', path, `${path} is in use by a program.`);
      locks.add(path);
      return {
        [Symbol.asyncDispose]: async () => {
          if (this.#machine.boot === this.#boot) locks.delete(path);
        },
      };
    });
  }

  space(): ReturnType<Disk['space']> {
    return this.#operate('space', '', () => {
      const { capacityBytes, usedBytes } = this.#machine;
      const totalBytes = Math.min(capacityBytes, Number.MAX_SAFE_INTEGER);
      const freeBytes = Math.max(0, totalBytes - usedBytes);
      return { freeBytes, totalBytes };
    });
  }

  #openFile(path: string, inode: SimulatedInode, direct: boolean): DiskFile {
    const machine = this.#machine;
    let open = true;
    const operate = <T>(
      kind: DiskOperationKind,
      effect: () => T,
      around: Pick<MachineOperation, 'onFault' | 'atEnd'> = {},
    ): Promise<T> => {
      assert(open, 'nothing is asked of a closed file');
      return machine.operate(this.#boot, { kind, path, ...around }, effect);
    };
    const checked = (memory: Uint8Array, offset: number): void => {
      if (direct) this.#assertAligned(memory, offset);
    };
    const freePages = (): number =>
      Math.floor(machine.capacityBytes / DISK_BLOCK_BYTES) - machine.count.pages;
    const write = (source: Uint8Array, offset: number): void => {
      const free = freePages();
      if (inode.newPages(offset, source.length) <= free) return inode.write(source, offset);
      // A full disk takes some of the pages first.
      const part = machine.random.integer(Math.max(0, free) + 1) * DISK_BLOCK_BYTES;
      inode.write(source.subarray(0, Math.min(part, source.length)), offset);
      throw new DiskError('no-space', path, 'The simulated disk is full.');
    };
    return {
      direct,
      size: () => operate('size', () => inode.size),
      read: (target, offset) => {
        checked(target, offset);
        return operate('read', () => inode.read(target, offset));
      },
      write: (source, offset) => {
        checked(source, offset);
        const part = (): Uint8Array =>
          source.subarray(0, DISK_BLOCK_BYTES * machine.random.integer(source.length / 4096));
        return operate('write', () => write(source, offset), {
          onFault: () => inode.write(part(), offset),
        });
      },
      preallocate: (bytes) =>
        operate('write', () => {
          const zeros = bytes - inode.size;
          if (zeros <= 0) return;
          if (inode.newPages(inode.size, zeros) <= freePages()) inode.grow(bytes);
          else write(new Uint8Array(zeros), inode.size);
        }),
      truncate: (bytes) => operate('truncate', () => inode.truncate(bytes)),
      sync: () => {
        let point: SyncPoint | undefined;
        const begin = (): void => {
          point = inode.beginSync();
        };
        const atEnd = (): void => {
          if (point !== undefined) inode.endSync(point);
        };
        return operate('sync', begin, { atEnd, onFault: () => inode.failSync(machine.random) });
      },
      close: async () => {
        open = false;
      },
      [Symbol.asyncDispose]: async () => {
        open = false;
      },
    };
  }

  #operate<T>(kind: DiskOperationKind, path: string, effect: () => T): Promise<T> {
    return this.#machine.operate(this.#boot, { kind, path }, effect);
  }

  #folder(path: string): SimulatedFolder {
    const node = this.#machine.find(path);
    if (!(node instanceof SimulatedFolder)) throw notFound(path);
    return node;
  }

  #assertAligned(memory: Uint8Array, offset: number): void {
    const aligned =
      this.#allocated.has(memory.buffer) &&
      memory.byteOffset % DISK_BLOCK_BYTES === 0 &&
      memory.length % DISK_BLOCK_BYTES === 0 &&
      offset % DISK_BLOCK_BYTES === 0;
    assert(aligned, 'direct I/O uses memory of the disk, in whole blocks');
  }
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function notFound(path: string): DiskError {
  return new DiskError('not-found', path, `There is no ${path}.`);
}
