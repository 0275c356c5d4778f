import { DISK_BLOCK_BYTES } from '@holdfast/kernel';
import type { SeededRandom } from './random.ts';

const PAGE = DISK_BLOCK_BYTES;
const SECTOR = 512;
const ZERO_PAGE: Uint8Array = new Uint8Array(PAGE);

/** How many writes a sync must cover, as they stood when it began. */
export interface SyncPoint {
  readonly pages: ReadonlyMap<number, number>;
  readonly sizes: number;
}

/** Pages of a file that are taken on the disk, shared by all files of the disk. */
export interface PageCount {
  pages: number;
}

/**
 * A file's content: what reads see, what a power cut would leave for certain, and the versions of
 * pages and sizes in between, of which it may leave any.
 */
export class SimulatedInode {
  readonly #count: PageCount;
  readonly #visible = new Map<number, Uint8Array>();
  readonly #durable = new Map<number, Uint8Array>();
  readonly #unsynced = new Map<number, Uint8Array[]>();
  #size = 0;
  #durableSize = 0;
  #unsyncedSizes: number[] = [];

  constructor(count: PageCount) {
    this.#count = count;
  }

  get size(): number {
    return this.#size;
  }

  get pages(): number {
    return this.#visible.size;
  }

  /** Pages that a write of `bytes` at `offset` would newly take. */
  newPages(offset: number, bytes: number): number {
    let fresh = 0;
    const end = endPage(offset, bytes);
    for (let page = pageOf(offset); page < end; page++) if (!this.#visible.has(page)) fresh++;
    return fresh;
  }

  read(target: Uint8Array, offset: number): number {
    const count = Math.max(0, Math.min(target.length, this.#size - offset));
    const end = endPage(offset, count);
    for (let page = pageOf(offset); page < end; page++) {
      const from = Math.max(offset, page * PAGE);
      const to = Math.min(offset + count, (page + 1) * PAGE);
      const bytes = this.#visible.get(page) ?? ZERO_PAGE;
      target.set(bytes.subarray(from - page * PAGE, to - page * PAGE), from - offset);
    }
    return count;
  }

  write(source: Uint8Array, offset: number): void {
    const end = endPage(offset, source.length);
    for (let page = pageOf(offset); page < end; page++) {
      const from = Math.max(offset, page * PAGE);
      const to = Math.min(offset + source.length, (page + 1) * PAGE);
      const part = source.subarray(from - offset, to - offset);
      this.#put(page, part.length === PAGE ? part.slice() : this.#overwritten(page, from, part));
    }
    if (offset + source.length > this.#size) this.#resize(offset + source.length);
  }

  /** Grows the file by written zeros. */
  grow(size: number): void {
    const end = endPage(this.#size, size - this.#size);
    for (let page = pageOf(this.#size); page < end; page++) {
      if (!this.#visible.has(page)) this.#put(page, ZERO_PAGE);
    }
    this.#resize(size);
  }

  truncate(size: number): void {
    const kept = Math.ceil(size / PAGE);
    for (const page of [...this.#visible.keys()]) {
      if (page < kept) continue;
      this.#note(page, ZERO_PAGE);
      this.#visible.delete(page);
      this.#count.pages--;
    }
    const partial = size % PAGE;
    const last = this.#visible.get(kept - 1);
    if (partial > 0 && last !== undefined) this.#put(kept - 1, last.slice().fill(0, partial));
    if (size !== this.#size) this.#resize(size);
  }

  /** Call when a sync begins; what is written later is not covered. */
  beginSync(): SyncPoint {
    const pages = new Map([...this.#unsynced].map(([page, versions]) => [page, versions.length]));
    return { pages, sizes: this.#unsyncedSizes.length };
  }

  endSync(point: SyncPoint): void {
    for (const [page, count] of point.pages) {
      const covered = this.#unsynced.get(page)?.splice(0, count).at(-1);
      if (covered !== undefined) this.#durable.set(page, covered);
      if (this.#unsynced.get(page)?.length === 0) this.#unsynced.delete(page);
    }
    this.#durableSize = this.#unsyncedSizes.splice(0, point.sizes).at(-1) ?? this.#durableSize;
  }

  /**
   * What a failed sync does on a real system: pages are taken for clean although they are not on
   * the disk. Some are gone at once, some can be read until the power goes, some made it.
   */
  failSync(random: SeededRandom): void {
    for (const [page, versions] of this.#unsynced) {
      const newest = versions.at(-1);
      const fate = random.integer(3);
      if (fate === 0) this.#revert(page);
      if (fate === 1 && newest !== undefined) this.#durable.set(page, newest);
    }
    this.#unsynced.clear();
    if (random.chance(0.5)) this.#durableSize = this.#size;
    this.#unsyncedSizes = [];
  }

  /** The power goes: of what was not synced, each page and the size survive or not by themselves. */
  crash(random: SeededRandom): void {
    for (const [page, versions] of this.#unsynced) {
      const before = this.#durable.get(page) ?? ZERO_PAGE;
      const survivor = random.pick([before, ...versions]);
      const torn = random.chance(0.2);
      this.#durable.set(page, torn ? tear(before, random.pick(versions), random) : survivor);
    }
    this.#unsynced.clear();
    this.#durableSize = random.pick([this.#durableSize, ...this.#unsyncedSizes]);
    this.#unsyncedSizes = [];
    this.#size = this.#durableSize;
    for (const page of this.#durable.keys()) {
      if (page * PAGE >= this.#size) this.#durable.delete(page);
    }
    this.#visible.clear();
    for (const [page, bytes] of this.#durable) this.#visible.set(page, bytes);
  }

  /** Another file with what a power cut would leave for certain. */
  durableCopy(count: PageCount): SimulatedInode {
    const copy = new SimulatedInode(count);
    for (const [page, bytes] of this.#durable) {
      copy.#durable.set(page, bytes);
      copy.#visible.set(page, bytes);
    }
    copy.#size = this.#durableSize;
    copy.#durableSize = this.#durableSize;
    return copy;
  }

  /** Turns over the bits of a byte, on the disk as in memory. */
  corrupt(offset: number): void {
    const page = pageOf(offset);
    const flip = (bytes: Uint8Array | undefined): Uint8Array => {
      const flipped = (bytes ?? ZERO_PAGE).slice();
      flipped[offset % PAGE] = (flipped[offset % PAGE] ?? 0) ^ 0xff;
      return flipped;
    };
    if (!this.#visible.has(page)) this.#count.pages++;
    this.#visible.set(page, flip(this.#visible.get(page)));
    this.#durable.set(page, flip(this.#durable.get(page)));
    this.#unsynced.set(page, this.#unsynced.get(page)?.map(flip) ?? []);
    if (this.#unsynced.get(page)?.length === 0) this.#unsynced.delete(page);
  }

  /** What a page is once `part` has been written to it at `offset` of the file. */
  #overwritten(page: number, offset: number, part: Uint8Array): Uint8Array {
    const bytes = (this.#visible.get(page) ?? ZERO_PAGE).slice();
    bytes.set(part, offset - page * PAGE);
    return bytes;
  }

  #revert(page: number): void {
    const bytes = this.#durable.get(page);
    if (bytes !== undefined) {
      this.#visible.set(page, bytes);
    } else if (this.#visible.delete(page)) {
      this.#count.pages--;
    }
  }

  #put(page: number, bytes: Uint8Array): void {
    if (!this.#visible.has(page)) this.#count.pages++;
    this.#visible.set(page, bytes);
    this.#note(page, bytes);
  }

  #note(page: number, bytes: Uint8Array): void {
    const versions = this.#unsynced.get(page);
    if (versions === undefined) this.#unsynced.set(page, [bytes]);
    else versions.push(bytes);
  }

  #resize(size: number): void {
    this.#size = size;
    this.#unsyncedSizes.push(size);
  }
}

function pageOf(offset: number): number {
  return Math.floor(offset / PAGE);
}

/** The first page behind `bytes` bytes at `offset`. */
function endPage(offset: number, bytes: number): number {
  return Math.ceil((offset + bytes) / PAGE);
}

/** Each sector is old or new. */
function tear(before: Uint8Array, after: Uint8Array, random: SeededRandom): Uint8Array {
  const torn = before.slice();
  for (let at = 0; at < PAGE; at += SECTOR) {
    if (random.chance(0.5)) torn.set(after.subarray(at, at + SECTOR), at);
  }
  return torn;
}
