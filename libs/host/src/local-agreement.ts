import {
  type Agreement,
  type AgreementState,
  type DirectoryId,
  HoldfastError,
  type RosterEntry,
  type View,
  count,
  directoryId,
  instanceName,
  storeId,
} from '@holdfast/contracts';
import {
  type Disk,
  DiskError,
  ReservedFile,
  Semaphore,
  assert,
  folderOf,
  fromUtf8,
  makeFolderDurably,
  utf8,
} from '@holdfast/kernel';

const FORMAT = 1;

/** The agreement of a single frontend. Disposing it lets another process become coordinator. */
export type LocalAgreement = Agreement & AsyncDisposable;

/**
 * Keeps the agreement in one JSON file at `path`, replaced as a whole and durably with each change,
 * beside a lock that a second frontend on the same data folder finds taken. Rejects with `damaged`
 * or `format-mismatch` for a file that cannot be understood.
 */
export function localAgreement(disk: Disk, path: string): LocalAgreement {
  return new FileAgreement(disk, path);
}

class FileAgreement implements LocalAgreement {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #turn = new Semaphore(1);
  /** A view must change on a full disk, too: else nothing could be deleted once a server is gone. */
  readonly #file: ReservedFile;
  #lock: AsyncDisposable | undefined;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
    this.#file = new ReservedFile(disk, path);
  }

  async read(): Promise<AgreementState | undefined> {
    const bytes = await this.#file.read();
    return bytes && parse(bytes, this.#path);
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
    const state = await this.read();
    if (!state || state.epoch !== epoch) {
      throw new HoldfastError(
        'stale-epoch',
        `This frontend coordinates in epoch ${epoch}, but ${this.#path} says ` +
          `${state?.epoch ?? 'nothing'}. Restart it.`,
      );
    }
    return await this.#write({ ...state, view, roster });
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
    const text = JSON.stringify({ format: FORMAT, ...state }, undefined, 2);
    await this.#file.write(utf8(`${text}\n`));
    return state;
  }
}

function parse(bytes: Uint8Array, path: string): AgreementState {
  let format: unknown;
  try {
    const stored = JSON.parse(fromUtf8(bytes)) as Stored;
    format = stored.format;
    if (format === FORMAT) return checked(stored);
  } catch (error) {
    throw new HoldfastError(
      'damaged',
      `${path} is no agreement of a frontend. Put back a copy of it, or run \`holdfast ` +
        'rebuild`, which takes view and roster from the journal.',
      { cause: error },
    );
  }
  throw new HoldfastError(
    'format-mismatch',
    `${path} is in format ${String(format)}, this program reads format ${FORMAT}. ` +
      'Start the program that wrote it.',
  );
}

interface Stored {
  readonly format: unknown;
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
