import { deferred, type Deferred, type Disk, type DiskFile } from '@holdfast/kernel';
import { CHUNK_STORE_LIMITS } from './limits.ts';

interface OpenSegment {
  readonly file: Promise<DiskFile>;
  users: number;
  /** Set while someone waits for the users to be gone. */
  unused: Deferred<void> | undefined;
}

/** The segment files of a store; a bounded number of them is held open. */
export class SegmentFiles {
  readonly #disk: Disk;
  readonly #folder: string;
  /** In order of use, least recently first. */
  readonly #open = new Map<number, OpenSegment>();

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.#folder = folder;
  }

  path(number: number): string {
    return `${this.#folder}/${segmentName(number)}`;
  }

  summaryPath(number: number): string {
    return `${this.path(number)}.summary`;
  }

  /** Runs `task` on a segment's file, which stays open and in place until it is done. */
  async use<T>(number: number, task: (file: DiskFile) => Promise<T>): Promise<T> {
    const segment = this.#acquire(number);
    try {
      return await task(await segment.file);
    } finally {
      segment.users--;
      if (segment.users === 0) segment.unused?.resolve();
    }
  }

  /** Removes a segment and its summary once nobody reads it any more. */
  async remove(number: number): Promise<void> {
    await this.#close(number);
    await this.#disk.unlink(this.path(number));
    await this.#disk.unlink(this.summaryPath(number)).catch(() => {});
    await this.#disk.syncFolder(this.#folder);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((number) => this.#close(number)));
  }

  #acquire(number: number): OpenSegment {
    let segment = this.#open.get(number);
    this.#open.delete(number);
    if (segment === undefined) {
      this.#closeIdle();
      const file = this.#disk.open(this.path(number), { mode: 'write', direct: true });
      // One that cannot be opened now may be later.
      file.catch(() => this.#open.delete(number));
      segment = { file, users: 0, unused: undefined };
    }
    this.#open.set(number, segment);
    segment.users++;
    return segment;
  }

  #closeIdle(): void {
    if (this.#open.size < CHUNK_STORE_LIMITS.openFiles) return;
    for (const [number, segment] of this.#open) {
      if (segment.users > 0) continue;
      this.#open.delete(number);
      segment.file.then((file) => file.close()).catch(() => {});
      return;
    }
  }

  async #close(number: number): Promise<void> {
    const segment = this.#open.get(number);
    if (segment === undefined) return;
    this.#open.delete(number);
    if (segment.users > 0) {
      segment.unused = deferred();
      await segment.unused.promise;
    }
    const file = await segment.file.catch(() => undefined);
    await file?.close();
  }
}

function segmentName(number: number): string {
  return `${number.toString(16).padStart(8, '0')}.seg`;
}

/** The number in a segment's name; undefined for other names. */
export function segmentNumber(name: string): number | undefined {
  return /^[0-9a-f]{8}\.seg$/.test(name) ? Number.parseInt(name, 16) : undefined;
}
