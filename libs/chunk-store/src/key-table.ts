const NONE = -1;
const SHARDS = 256;
const FIRST_SLOTS = 16;
/** A shard grows when more than this share of it is taken. */
const FULL = 0.7;
/** The byte of the key that picks the shard, and those that pick the slot: all of the hash. */
const SHARD_AT = 16;
const HASH_AT = 17;

/**
 * Finds numbers by the keys that belong to them: open addressing with linear probing, in shards so
 * that growing never holds up the event loop for long. It keeps no keys; `hasKey` compares.
 */
export class KeyTable {
  readonly #hasKey: (id: number, key: Uint8Array) => boolean;
  readonly #shards: Shard[] = Array.from({ length: SHARDS }, () => newShard(FIRST_SLOTS));

  constructor(hasKey: (id: number, key: Uint8Array) => boolean) {
    this.#hasKey = hasKey;
  }

  /** The number of a key, or -1. */
  find(key: Uint8Array): number {
    const shard = this.#shardOf(key);
    const mask = shard.ids.length - 1;
    const hash = hashOf(key);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = shard.ids[slot] ?? NONE;
      if (id === NONE) return NONE;
      if (shard.hashes[slot] === hash && this.#hasKey(id, key)) return id;
    }
  }

  /** Adds a number whose key is not in the table. */
  add(id: number, key: Uint8Array): void {
    let shard = this.#shardOf(key);
    if (shard.count + 1 > FULL * shard.ids.length) {
      shard = grown(shard);
      this.#shards[key[SHARD_AT] ?? 0] = shard;
    }
    insert(shard, id, hashOf(key));
  }

  /** Removes a number that is in the table. */
  remove(id: number, key: Uint8Array): void {
    const shard = this.#shardOf(key);
    const mask = shard.ids.length - 1;
    let hole = hashOf(key) & mask;
    while (shard.ids[hole] !== id) hole = (hole + 1) & mask;
    // What was pushed behind the hole moves up, so that no search ends too early.
    for (let slot = (hole + 1) & mask; shard.ids[slot] !== NONE; slot = (slot + 1) & mask) {
      const home = (shard.hashes[slot] ?? 0) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      shard.ids[hole] = shard.ids[slot] ?? NONE;
      shard.hashes[hole] = shard.hashes[slot] ?? 0;
      hole = slot;
    }
    shard.ids[hole] = NONE;
    shard.count--;
  }

  #shardOf(key: Uint8Array): Shard {
    return this.#shards[key[SHARD_AT] ?? 0] as Shard;
  }
}

interface Shard {
  readonly ids: Int32Array;
  readonly hashes: Uint32Array;
  count: number;
}

function newShard(slots: number): Shard {
  return { ids: new Int32Array(slots).fill(NONE), hashes: new Uint32Array(slots), count: 0 };
}

function grown(old: Shard): Shard {
  const shard = newShard(2 * old.ids.length);
  old.ids.forEach((id, slot) => {
    if (id !== NONE) insert(shard, id, old.hashes[slot] ?? 0);
  });
  return shard;
}

function insert(shard: Shard, id: number, hash: number): void {
  const mask = shard.ids.length - 1;
  let slot = hash & mask;
  while (shard.ids[slot] !== NONE) slot = (slot + 1) & mask;
  shard.ids[slot] = id;
  shard.hashes[slot] = hash;
  shard.count++;
}

/** The same bytes may stand in many files, so the file's id has its say too. */
function hashOf(key: Uint8Array): number {
  const hash = word(key, HASH_AT);
  const file = word(key, 0);
  return (hash ^ Math.imul(file, 0x9e3779b1)) >>> 0;
}

function word(key: Uint8Array, at: number): number {
  return (
    ((key[at] ?? 0) << 24) |
    ((key[at + 1] ?? 0) << 16) |
    ((key[at + 2] ?? 0) << 8) |
    (key[at + 3] ?? 0)
  );
}
