import {
  type DirectoryId,
  type Hasher,
  HoldfastError,
  type StoreBinding,
  type StoreId,
} from '@holdfast/contracts';
import { type Disk, fromHex, type Random, ReservedFile, randomHex, toHex } from '@holdfast/kernel';
import { assertKnownFormat, CHUNK_STORE_FORMAT } from './format.ts';
import { isThereWhole, sealJson, unsealJson } from './sealed-json.ts';

/** Who a store is, and what it must not forget even if it loses all segments. */
export interface Identity {
  readonly format: number;
  readonly store: StoreId;
  readonly directory: DirectoryId | undefined;
  /** 32 bytes that key the checksums of frames. They never leave the store. */
  readonly secret: Uint8Array;
  readonly generation: number;
  readonly epoch: number;
}

export function newIdentity(random: Random): Identity {
  return {
    format: CHUNK_STORE_FORMAT,
    store: randomHex(random, 16) as StoreId,
    directory: undefined,
    secret: random.bytes(32),
    generation: 1,
    epoch: 0,
  };
}

/** The identity that a store has once it is bound; the same one if nothing changes. */
export function boundIdentity(known: Identity, binding: StoreBinding): Identity {
  const { directory, epoch } = binding;
  if (known.directory !== undefined && known.directory !== directory) {
    throw foreignDirectory(known.directory, directory);
  }
  if (epoch < known.epoch) throw staleEpoch(epoch, known.epoch);
  if (known.directory === undefined && binding.adoptId !== undefined) {
    // What was acknowledged under the id it takes, it never had: its own generation says nothing.
    return { ...known, store: binding.adoptId, directory, epoch, generation: binding.generation };
  }
  const generation = Math.max(known.generation, binding.generation);
  const same = known.directory === directory && known.epoch === epoch;
  if (same && known.generation === generation) return known;
  return { ...known, directory, epoch, generation };
}

function foreignDirectory(known: DirectoryId, asked: DirectoryId): HoldfastError {
  return new HoldfastError(
    'foreign-store',
    `This store belongs to the directory ${known} and takes no orders from ${asked}. Connect it ` +
      'to its own frontend, or give the server an empty data folder.',
    { details: { directory: known, asked } },
  );
}

function staleEpoch(asked: number, known: number): HoldfastError {
  return new HoldfastError(
    'stale-epoch',
    `Epoch ${asked} is over; this store was already commanded in epoch ${known}.`,
    { details: { epoch: known, asked } },
  );
}

/** The identity file: replaced as a whole at each change. */
export class IdentityFile {
  readonly #hasher: Hasher;
  readonly #path: string;
  /** A new coordinator must be followed on a full disk, too. */
  readonly #file: ReservedFile;

  constructor(disk: Disk, hasher: Hasher, folder: string) {
    this.#hasher = hasher;
    this.#path = `${folder}/identity`;
    this.#file = new ReservedFile(disk, this.#path);
  }

  /** Undefined if there is none. Throws `damaged`, or `format-mismatch` for a newer format. */
  async read(): Promise<Identity | undefined> {
    const bytes = await this.#file.read();
    if (bytes === undefined) return undefined;
    const stored = unsealJson(this.#hasher, this.#path, bytes) as StoredIdentity;
    assertKnownFormat(this.#path, stored.format);
    const current = migrated(stored);
    return {
      format: current.format,
      store: current.store,
      directory: current.directory ?? undefined,
      secret: fromHex(current.secret),
      generation: current.generation,
      epoch: current.epoch,
    };
  }

  /** Whether the file is there and as it was written. */
  async isWhole(): Promise<boolean> {
    return await isThereWhole(() => this.read());
  }

  async write(identity: Identity): Promise<void> {
    const stored: StoredIdentity = {
      ...identity,
      directory: identity.directory ?? null,
      secret: toHex(identity.secret),
    };
    await this.#file.write(sealJson(this.#hasher, stored));
  }

  /** What is thrown where segments are there and their identity is not. */
  missing(): HoldfastError {
    return new HoldfastError(
      'damaged',
      `The chunk store has segments, but its file ${this.#path} is missing, without which they ` +
        'cannot be read. Restore that file, or move the folder away to begin an empty store.',
      { details: { file: this.#path, offset: 0 } },
    );
  }
}

interface StoredIdentity {
  readonly format: number;
  readonly store: StoreId;
  readonly directory: DirectoryId | null;
  readonly secret: string;
  readonly generation: number;
  readonly epoch: number;
}

/** Steps from a format to the next one, by the format they start from. There is no older one yet. */
const MIGRATIONS: ReadonlyMap<number, (older: StoredIdentity) => StoredIdentity> = new Map();

function migrated(stored: StoredIdentity): StoredIdentity {
  let current = stored;
  while (current.format < CHUNK_STORE_FORMAT) {
    const step = MIGRATIONS.get(current.format);
    if (step === undefined) {
      throw new HoldfastError(
        'format-mismatch',
        `The chunk store has format ${current.format}, which this program, of format ` +
          `${CHUNK_STORE_FORMAT}, can no longer migrate. Migrate it with an older version first.`,
        { details: { format: current.format, known: CHUNK_STORE_FORMAT } },
      );
    }
    current = step(current);
  }
  return current;
}
