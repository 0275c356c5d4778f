import { compareBytes } from '@holdfast/kernel';
import { KeyTable } from './key-table.ts';
import { KEY_BYTES } from './limits.ts';

/** What is known of one chunk. */
export interface IndexEntry {
  readonly segment: number;
  /** Where its bytes begin in the segment. */
  readonly offset: number;
  readonly length: number;
  /** Of the newest put or touch. */
  readonly position: number;
  /** The segment of the newest touch, if it is newer than the put; else 0. */
  readonly touchSegment: number;
}

const SLAB_ENTRIES = 4096;
/** Buckets by the first two bytes of the file's id, in which a listing finds its order. */
const BUCKETS = 65_536;
const NONE = -1;

interface Slab {
  readonly keys: Uint8Array;
  readonly segment: Uint32Array;
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  readonly touchSegment: Uint32Array;
  readonly position: Float64Array;
  readonly next: Int32Array;
  readonly previous: Int32Array;
}

/**
 * All chunks of a store in memory: about 90 bytes for each, in typed arrays that the collector does
 * not look into. A table finds one by its key; chained buckets give them in order of file and hash.
 */
export class ChunkIndex {
  readonly #slabs: Slab[] = [];
  readonly #table: KeyTable = new KeyTable((id, key) => this.#hasKey(id, key));
  readonly #heads: Int32Array = new Int32Array(BUCKETS).fill(NONE);
  #free = NONE;
  #used = 0;
  #size = 0;
  #chunkBytes = 0;

  get size(): number {
    return this.#size;
  }

  /** Bytes of all chunks. */
  get chunkBytes(): number {
    return this.#chunkBytes;
  }

  get(key: Uint8Array): IndexEntry | undefined {
    const id = this.#table.find(key);
    return id === NONE ? undefined : this.#entry(id);
  }

  /** Adds a chunk or replaces what is known of it. */
  set(key: Uint8Array, entry: IndexEntry): void {
    let id = this.#table.find(key);
    if (id === NONE) {
      id = this.#allocate(key);
      this.#table.add(id, key);
      this.#link(id, bucketOf(key));
      this.#size++;
    } else {
      this.#chunkBytes -= this.#lengthOf(id);
    }
    const slab = this.#slab(id);
    const at = id % SLAB_ENTRIES;
    slab.segment[at] = entry.segment;
    slab.offset[at] = entry.offset;
    slab.length[at] = entry.length;
    slab.touchSegment[at] = entry.touchSegment;
    slab.position[at] = entry.position;
    this.#chunkBytes += entry.length;
  }

  delete(key: Uint8Array): void {
    const id = this.#table.find(key);
    if (id === NONE) return;
    this.#table.remove(id, key);
    this.#unlink(id, bucketOf(key));
    this.#chunkBytes -= this.#lengthOf(id);
    this.#size--;
    this.#slab(id).next[id % SLAB_ENTRIES] = this.#free;
    this.#free = id;
  }

  /** Keys after `after`, in order, at most `limit`, each with what is known of it. */
  list(after: Uint8Array | undefined, limit: number): { key: Uint8Array; entry: IndexEntry }[] {
    const found: number[] = [];
    for (let b = after === undefined ? 0 : bucketOf(after); b < BUCKETS; b++) {
      if (this.#heads[b] !== NONE) found.push(...this.#smallest(b, after, limit - found.length));
      if (found.length >= limit) break;
    }
    return found.map((id) => ({ key: this.#key(id).slice(), entry: this.#entry(id) }));
  }

  /** Calls `visit` for every chunk; the key is good until it returns. */
  forEach(visit: (key: Uint8Array, entry: IndexEntry) => void): void {
    for (const head of this.#heads) {
      for (let id = head; id !== NONE; id = this.#next(id)) visit(this.#key(id), this.#entry(id));
    }
  }

  /** The first `limit` of a bucket after `after`, without sorting all of a very large one. */
  #smallest(bucket: number, after: Uint8Array | undefined, limit: number): number[] {
    const byKey = (a: number, b: number): number => compareBytes(this.#key(a), this.#key(b));
    let found: number[] = [];
    let bound: Uint8Array | undefined;
    for (let id = this.#heads[bucket] ?? NONE; id !== NONE; id = this.#next(id)) {
      const key = this.#key(id);
      if (after !== undefined && compareBytes(key, after) <= 0) continue;
      if (bound !== undefined && compareBytes(key, bound) >= 0) continue;
      found.push(id);
      if (found.length < 4 * limit) continue;
      found = found.sort(byKey).slice(0, limit);
      const last = found.at(-1);
      bound = last === undefined ? undefined : this.#key(last);
    }
    return found.sort(byKey).slice(0, limit);
  }

  #entry(id: number): IndexEntry {
    const slab = this.#slab(id);
    const at = id % SLAB_ENTRIES;
    return {
      segment: slab.segment[at] ?? 0,
      offset: slab.offset[at] ?? 0,
      length: slab.length[at] ?? 0,
      position: slab.position[at] ?? 0,
      touchSegment: slab.touchSegment[at] ?? 0,
    };
  }

  #lengthOf(id: number): number {
    return this.#slab(id).length[id % SLAB_ENTRIES] ?? 0;
  }

  #next(id: number): number {
    return this.#slab(id).next[id % SLAB_ENTRIES] ?? NONE;
  }

  #key(id: number): Uint8Array {
    const at = (id % SLAB_ENTRIES) * KEY_BYTES;
    return this.#slab(id).keys.subarray(at, at + KEY_BYTES);
  }

  #hasKey(id: number, key: Uint8Array): boolean {
    const { keys } = this.#slab(id);
    const from = (id % SLAB_ENTRIES) * KEY_BYTES;
    // Hashes differ in their first bytes, so the file's id is looked at last.
    for (let i = KEY_BYTES - 1; i >= 0; i--) if (keys[from + i] !== key[i]) return false;
    return true;
  }

  #slab(id: number): Slab {
    return this.#slabs[Math.floor(id / SLAB_ENTRIES)] as Slab;
  }

  #allocate(key: Uint8Array): number {
    let id = this.#free;
    if (id === NONE) {
      id = this.#used++;
      if (id % SLAB_ENTRIES === 0) this.#slabs.push(newSlab());
    } else {
      this.#free = this.#next(id);
    }
    this.#slab(id).keys.set(key, (id % SLAB_ENTRIES) * KEY_BYTES);
    return id;
  }

  #link(id: number, bucket: number): void {
    const head = this.#heads[bucket] ?? NONE;
    this.#slab(id).next[id % SLAB_ENTRIES] = head;
    this.#slab(id).previous[id % SLAB_ENTRIES] = NONE;
    if (head !== NONE) this.#slab(head).previous[head % SLAB_ENTRIES] = id;
    this.#heads[bucket] = id;
  }

  #unlink(id: number, bucket: number): void {
    const next = this.#next(id);
    const previous = this.#slab(id).previous[id % SLAB_ENTRIES] ?? NONE;
    if (next !== NONE) this.#slab(next).previous[next % SLAB_ENTRIES] = previous;
    if (previous === NONE) this.#heads[bucket] = next;
    else this.#slab(previous).next[previous % SLAB_ENTRIES] = next;
  }
}

function bucketOf(key: Uint8Array): number {
  return (key[0] ?? 0) * 256 + (key[1] ?? 0);
}

function newSlab(): Slab {
  return {
    keys: new Uint8Array(SLAB_ENTRIES * KEY_BYTES),
    segment: new Uint32Array(SLAB_ENTRIES),
    offset: new Uint32Array(SLAB_ENTRIES),
    length: new Uint32Array(SLAB_ENTRIES),
    touchSegment: new Uint32Array(SLAB_ENTRIES),
    position: new Float64Array(SLAB_ENTRIES),
    next: new Int32Array(SLAB_ENTRIES),
    previous: new Int32Array(SLAB_ENTRIES),
  };
}
