import {
  type CallContext,
  type ChunkHash,
  type FileId,
  type FilesContract,
  type Hasher,
  HoldfastError,
  type Implementation,
  type StoreId,
  type WriteOptions,
  type WriteResult,
  fileId,
  isHoldfastError,
} from '@holdfast/contracts';
import type { CommittedWrite, Directory, FilePlacement } from '@holdfast/directory';
import {
  type ByteParts,
  type Random,
  joinParts,
  partsLength,
  randomHex,
  reached,
  toHex,
} from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { ChunkWriter, WrittenChunk } from './chunk-writer.ts';
import type { Flights } from './flights.ts';
import type { Members } from './members.ts';
import type { FilePlacer } from './file-placer.ts';
import type { SmallContents } from './small-contents.ts';
import type { Strays } from './strays.ts';

export interface WriteServiceOptions {
  readonly directory: Directory;
  readonly members: Members;
  readonly writer: ChunkWriter;
  readonly placer: FilePlacer;
  readonly flights: Flights;
  readonly random: Random;
  readonly strays: Strays;
  readonly contents: SmallContents;
  readonly hasher: Hasher;
  /** The stores that have all that is acknowledged. */
  readonly inView: () => readonly StoreId[];
  /** A store was to have what was acknowledged, and was not there any more. */
  readonly onLacking: (store: StoreId) => void;
  /** See `REPLICATION_LIMITS`. */
  readonly inlineContentBytes: number;
}

type Write = Implementation<FilesContract>['write'];

/** Where a write goes: an overwritten file keeps its id and its stores for life. */
export interface WriteTarget {
  readonly file: FileId;
  readonly placement: FilePlacement;
}

/** Small files, each written by one call: the chunk to its stores, then one commit; or just that. */
export class WriteService {
  readonly #options: WriteServiceOptions;

  constructor(options: WriteServiceOptions) {
    this.#options = options;
  }

  readonly write: Write = async (params, context) => {
    try {
      return await this.whileMoved(() => this.#writeOnce(params, context));
    } catch (error) {
      // A repetition of a call that went through may find that it could not any more.
      return this.result(await this.#options.directory.answerBefore(context, error));
    }
  };

  /**
   * Begins again where what stood at the path was moved, so that the bytes belong to another file
   * now, or where a chosen store has left.
   */
  async whileMoved<T>(task: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await task();
      } catch (error) {
        if (!wasMoved(error) || attempt >= LIMITS.movedAttempts) throw error;
      }
    }
  }

  async #writeOnce(
    { content, hash, ...options }: Parameters<Write>[0],
    context: CallContext,
  ): Promise<WriteResult> {
    const { directory, members, writer, flights, strays, contents } = this.#options;
    const { file, placement } = await this.target(options, context);
    const length = partsLength(content);
    if (length === 0) {
      return this.result(await directory.writeSmall({ options, file, placement }, context));
    }
    await members.arrivals(placement.stores);
    if (this.#keepsInline(options, length, placement)) {
      const inline = { hash, bytes: this.#checked(hash, content) };
      return this.result(await directory.writeSmall({ options, file, placement, inline }, context));
    }
    using _flight = flights.begin(members.positions());
    try {
      const written = await writer.write({ file, hash }, content, placement.stores);
      POINT: reached('put.chunk-on-stores', ['small']);
      const chunk = { hash, length, holders: written.holders };
      requireCopies(options, written);
      const write = { options, file, placement, chunk };
      const committed = await directory.writeSmall(write, context);
      // A repetition is answered with the version of the first call, which has a chunk of its own or none.
      if (committed.inline || committed.entry.id !== file) strays.noteEverywhere({ file, hash });
      else contents.keep(hash, content);
      return this.result(committed);
    } catch (error) {
      // If its commit takes effect all the same, that is seen before anything is deleted.
      strays.noteEverywhere({ file, hash });
      throw error;
    }
  }

  async target(options: WriteOptions, context: CallContext): Promise<WriteTarget> {
    const { directory, placer, random } = this.#options;
    const met = await directory.fileForWrite(options, context);
    const file = met.file ?? fileId.parse(randomHex(random, 16));
    const placement =
      met.file === undefined
        ? placer.place(file, options.copies ?? met.copies)
        : placer.replace(file, met.placement, options.copies);
    requireStores(options, placement);
    return { file, placement };
  }

  result(committed: CommittedWrite): WriteResult {
    const { members } = this.#options;
    const { entry, holders, missing } = committed.inline ? this.#seenNow(committed) : committed;
    return {
      entry,
      holders: holders.map((store) => members.nameOf(store)),
      missing: missing.map((store) => members.nameOf(store)),
    };
  }

  /**
   * Whether the directory is to keep the bytes: they are few, and each store that is to have them takes
   * part in commits and writes. Else they become a chunk, which is copied to whoever lacks it.
   */
  #keepsInline({ require = 1 }: WriteOptions, length: number, { stores }: FilePlacement): boolean {
    const { members, inView, inlineContentBytes } = this.#options;
    if (length > inlineContentBytes || require > 1) return false;
    const view = inView();
    return stores.every((store) => view.includes(store) && members.find(store)?.acceptsWrites);
  }

  #checked(hash: ChunkHash, content: ByteParts): Uint8Array {
    if (toHex(this.#options.hasher.hash(content)) !== hash) throw otherBytes(hash);
    return joinParts(content);
  }

  /** A store that left the view while the commit was under way does not have it for certain (§P1). */
  #seenNow({ entry, holders, missing }: CommittedWrite): CommittedWrite {
    const view = this.#options.inView();
    const seen = holders.filter((store) => view.includes(store));
    const left = holders.filter((store) => !view.includes(store));
    for (const store of left) this.#options.onLacking(store);
    const copies = { ...entry.copies, confirmed: seen.length };
    return { entry: { ...entry, copies }, holders: seen, missing: [...missing, ...left] };
  }
}

function otherBytes(hash: ChunkHash): HoldfastError {
  return new HoldfastError(
    'damaged',
    `The bytes that were sent are not those of the hash ${hash}. Send them again.`,
  );
}

function wasMoved(error: unknown): boolean {
  return isHoldfastError(error, 'version-conflict') && error.details['moved'] === true;
}

/** More copies than the file has stores for can never be reached: nothing is sent for that. */
function requireStores({ path, require = 1 }: WriteOptions, placement: FilePlacement): void {
  const { stores, copies } = placement;
  if (stores.length >= require) return;
  const why =
    copies !== 'all' && copies < require
      ? `it gets ${copies}, so nothing was stored. Ask for more copies, too (--copies ${require}).`
      : `it can have ${stores.length} now, so nothing was stored. Add a server, or require fewer.`;
  throw new HoldfastError(
    'too-few-copies',
    `${require} copies of ${path} are required, and ${why}`,
    { details: { possible: stores.length, required: require } },
  );
}

/** Early refusal; the commit checks again, for all chunks of a file. */
export function requireCopies(options: WriteOptions, written: WrittenChunk): void {
  const required = options.require ?? 1;
  if (written.holders.length >= required) return;
  throw new HoldfastError(
    'too-few-copies',
    `Only ${written.holders.length} of ${required} required copies of ${options.path} could be stored; nothing was changed.`,
    { details: { stored: written.holders.length, required } },
  );
}
