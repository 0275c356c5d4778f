import {
  type Agreement,
  type AgreementState,
  type DirectoryId,
  type Hasher,
  HoldfastError,
  type RosterEntry,
  type View,
  count,
  directoryId,
  instanceName,
  isHoldfastError,
  storeId,
} from '@holdfast/contracts';
import {
  type Disk,
  DiskError,
  ReservedFile,
  Semaphore,
  assert,
  equalBytes,
  folderOf,
  fromUtf8,
  makeFolderDurably,
  toHex,
  utf8,
} from '@holdfast/kernel';

/** Format 1 had no seal. */
const FORMAT = 2;

/** The agreement of a single frontend. Disposing it lets another process become coordinator. */
export type LocalAgreement = Agreement & AsyncDisposable;

/**
 * Keeps the agreement in one JSON file at `path`, replaced as a whole and durably with each change,
 * beside a lock that a second frontend on the same data folder finds taken. Rejects with `damaged`
 * for a file that is not as it was written, and with `format-mismatch` for that of a newer program.
 */
export function localAgreement(disk: Disk, path: string, hasher: Hasher): LocalAgreement {
  return new FileAgreement(disk, path, hasher);
}

class FileAgreement implements LocalAgreement {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #turn = new Semaphore(1);
  /** A view must change on a full disk, too: else nothing could be deleted once a server is gone. */
  readonly #file: ReservedFile;
  readonly #hasher: Hasher;
  #lock: AsyncDisposable | undefined;
  /** What it says since this process has the lock. */
  #written: AgreementState | undefined;

  constructor(disk: Disk, path: string, hasher: Hasher) {
    this.#hasher = hasher;
    this.#disk = disk;
    this.#path = path;
    this.#file = new ReservedFile(disk, path);
  }

  async read(): Promise<AgreementState | undefined> {
    const bytes = await this.#file.read();
    return bytes && parse(bytes, this.#path, this.#hasher);
  }

  async become(newDirectory: DirectoryId): Promise<AgreementState> {
    using _turn = await this.#turn.acquire();
    await this.#takeLock();
    const state = (await this.read()) ?? {
      directory: newDirectory,
      epoch: 0,
      view: { number: 0, stores: [] },
      roster: [],
    };
    return await this.#write({ ...state, epoch: state.epoch + 1 });
  }

  async update(epoch: number, view: View, roster: readonly RosterEntry[]): Promise<AgreementState> {
    using _turn = await this.#turn.acquire();
    assert(this.#lock, 'only a coordinator changes the agreement');
    const state = await this.#present();
    if (!state || state.epoch !== epoch) {
      throw new HoldfastError(
        'stale-epoch',
        `This frontend coordinates in epoch ${epoch}, but ${this.#path} says ` +
          `${state?.epoch ?? 'nothing'}. Restart it.`,
      );
    }
    return await this.#write({ ...state, view, roster });
  }

  async mend(): Promise<string | undefined> {
    using _turn = await this.#turn.acquire();
    const written = this.#written;
    assert(written, 'only a coordinator mends the agreement');
    const found = await this.#fault();
    if (found !== undefined) await this.#write(written);
    return found;
  }

  async restore(state: AgreementState): Promise<void> {
    using _turn = await this.#turn.acquire();
    await this.#takeLock();
    await this.#write(state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    using _turn = await this.#turn.acquire();
    await this.#lock?.[Symbol.asyncDispose]();
    this.#lock = undefined;
    this.#written = undefined;
  }

  /** What is wrong with the file, which this process alone may write. */
  async #fault(): Promise<string | undefined> {
    try {
      return (await this.read()) ? undefined : `${this.#path} is gone.`;
    } catch (error) {
      // The number of its format may be what was damaged.
      if (isHoldfastError(error, 'damaged', 'format-mismatch')) return error.message;
      if (error instanceof DiskError && error.code === 'io') return error.message;
      throw error;
    }
  }

  /** Damage on the disk does not matter to whoever wrote the file, and writes it anew. */
  async #present(): Promise<AgreementState | undefined> {
    try {
      return await this.read();
    } catch (error) {
      if (this.#written && isHoldfastError(error, 'damaged')) return this.#written;
      throw error;
    }
  }

  async #takeLock(): Promise<void> {
    if (this.#lock) return;
    await makeFolderDurably(this.#disk, folderOf(this.#path));
    try {
      this.#lock = await this.#disk.lock(`${this.#path}.lock`);
    } catch (error) {
      if (!(error instanceof DiskError) || error.code !== 'locked') throw error;
      throw new HoldfastError(
        'unavailable',
        `Another frontend runs on this data folder: ${error.message} Stop that one first, or give ` +
          'this one a data folder of its own.',
        { cause: error },
      );
    }
  }

  async #write(state: AgreementState): Promise<AgreementState> {
    await this.#file.write(encode(state, this.#hasher));
    this.#written = state;
    return state;
  }
}

/** JSON that a person can read, with the hash of the rest of it as its seal. */
function encode(given: AgreementState, hasher: Hasher): Uint8Array {
  // Its fields are in the same order whoever made it.
  const state = checked(given);
  const seal = toHex(hasher.hash([utf8(JSON.stringify(state))]));
  return utf8(`${JSON.stringify({ format: FORMAT, seal, ...state }, undefined, 2)}\n`);
}

function parse(bytes: Uint8Array, path: string, hasher: Hasher): AgreementState {
  let format: unknown;
  try {
    const stored = JSON.parse(fromUtf8(bytes)) as Stored;
    format = stored.format;
    const state = format === FORMAT || format === 1 ? checked(stored) : undefined;
    // Bit for bit, so that no damage goes by, whatever it hits.
    if (state && (format === 1 || equalBytes(bytes, encode(state, hasher)))) return state;
  } catch (error) {
    throw damaged(path, error);
  }
  if (format === FORMAT) throw damaged(path);
  throw new HoldfastError(
    'format-mismatch',
    `${path} is in format ${String(format)}, this program reads format ${FORMAT}. ` +
      'Start the program that wrote it.',
  );
}

function damaged(path: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'damaged',
    `${path} is not an agreement as a frontend wrote it. Check the disk; then put back a copy of the ` +
      'file, or run `holdfast rebuild`, which takes view and roster from the journal.',
    { cause },
  );
}

interface Stored {
  readonly format?: unknown;
  readonly directory: unknown;
  readonly epoch: unknown;
  readonly view: { readonly number: unknown; readonly stores: readonly unknown[] };
  readonly roster: readonly { readonly store: unknown; readonly name: unknown }[];
}

function checked({ directory, epoch, view, roster }: Stored): AgreementState {
  return {
    directory: directoryId.parse(directory),
    epoch: count.parse(epoch),
    view: {
      number: count.parse(view.number),
      stores: view.stores.map((store) => storeId.parse(store)),
    },
    roster: roster.map(({ store, name }) => ({
      store: storeId.parse(store),
      name: instanceName.parse(name),
    })),
  };
}
