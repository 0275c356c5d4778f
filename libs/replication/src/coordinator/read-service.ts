import {
  type CallContext,
  DATA_LIMITS,
  type DirectChunk,
  type DirectTicket,
  type Entry,
  type FileId,
  type FilesContract,
  HoldfastError,
  type Implementation,
} from '@holdfast/contracts';
import type {
  Directory,
  Holder,
  JournalHolders,
  OpenVersion,
  PlacedChunk,
} from '@holdfast/directory';
import { type ByteParts, type Random, randomHex, reached } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { ChunkReader, ChunkToRead } from './chunk-reader.ts';
import { type HeldChunks, HeldPages } from './held-pages.ts';
import type { Members } from './members.ts';
import { SessionScope } from './session-scope.ts';
import type { SmallContents } from './small-contents.ts';
import type { TicketDesk } from './ticket-desk.ts';

type Files = Implementation<FilesContract>;

export interface ReadServiceOptions {
  readonly directory: Directory;
  readonly members: Members;
  readonly reader: ChunkReader;
  readonly random: Random;
  readonly contents: SmallContents;
  readonly desk: TicketDesk;
  readonly journalHolders: () => JournalHolders;
}

/** A version that a session reads. It stays readable until it is closed or the session ends. */
interface OpenRead {
  readonly entry: Entry;
  readonly file: FileId;
  readonly version: number;
  readonly pin: Disposable;
  readonly session: string;
  readonly chunks: HeldChunks<PlacedChunk>;
}

/** Opens versions, and reads their chunks by offset, never by hash (§P9). */
export class ReadService implements Pick<
  Files,
  'openRead' | 'manifest' | 'getChunk' | 'tickets' | 'closeRead' | 'where'
> {
  readonly #options: ReadServiceOptions;
  readonly #reads = new SessionScope<OpenRead>({
    perSession: LIMITS.readsPerSession,
    noun: 'files open for reading',
    release: ({ pin, session, chunks }) => {
      pin[Symbol.dispose]();
      this.#held.release(session, chunks);
    },
  });
  readonly #held = new HeldPages<PlacedChunk>(LIMITS.readChunksPerSession);

  constructor(options: ReadServiceOptions) {
    this.#options = options;
  }

  readonly openRead: Files['openRead'] = async (params, context) => {
    const { path, version, inlineBytes, direct = false } = params;
    const opened = await this.#options.directory.openVersion(path, version, context);
    const { entry, chunks, more } = opened;
    POINT: reached('get.opened');
    if (entry.kind !== 'file') throw notAFile(path, entry);
    if (entry.sizeBytes === 0) return { entry, content: [] };
    const [only] = chunks;
    const limit = Math.min(inlineBytes, DATA_LIMITS.inlineFileBytes);
    if (only && chunks.length === 1 && !more && only.length <= limit) {
      const left = direct ? this.#leftToServers(opened.file, only) : undefined;
      if (left) return { entry, direct: left };
      const content = await this.#readWhole(opened.file, only, context);
      return { entry, content, hash: only.hash };
    }
    return { entry, handle: this.#open(opened, context) };
  };

  readonly manifest: Files['manifest'] = async ({ handle, fromOffset }, context) => {
    const read = this.#find(handle, context);
    const { chunks, more } = await this.#page(read, fromOffset);
    const entries = chunks.map(({ offset, length, hash }) => ({ offset, length, hash }));
    return { chunks: entries, more };
  };

  readonly getChunk: Files['getChunk'] = async (params, context) => {
    const { handle, offset, exclude, suspects } = params;
    const read = this.#find(handle, context);
    const chunk = read.chunks.get(offset) ?? (await this.#chunkAt(read, offset));
    return await this.#read(read.file, chunk, { exclude, suspects }, context.signal);
  };

  readonly tickets: Files['tickets'] = async ({ handle, fromOffset }, context) => {
    const read = this.#find(handle, context);
    const chunks: { offset: number; tickets: DirectTicket[] }[] = [];
    for (let offset = fromOffset; chunks.length < DATA_LIMITS.ticketChunks;) {
      // The first one must be there; behind it, what is at hand is enough.
      const known = read.chunks.get(offset);
      const chunk = known ?? (chunks.length === 0 ? await this.#chunkAt(read, offset) : undefined);
      if (!chunk) break;
      const id = { file: read.file, hash: chunk.hash };
      chunks.push({ offset, tickets: this.#options.desk.issue(id, chunk.holders) });
      offset += chunk.length;
    }
    return { chunks };
  };

  readonly closeRead: Files['closeRead'] = async ({ handle }, context) => {
    if (this.#reads.find(handle, context)) this.#reads.drop(handle);
    return {};
  };

  readonly where: Files['where'] = async ({ path, version, fromOffset }, context) => {
    const { directory, members } = this.#options;
    const opened = await directory.openVersion(path, version, context);
    const page =
      fromOffset === 0
        ? opened
        : await directory.manifestPage(opened.file, opened.version, fromOffset);
    const chunks = page.chunks.map(({ offset, length, hash, holders, bytes }) => ({
      ...{ offset, length, hash },
      holders: (bytes ? this.#journalHolders(opened.entry) : holders).map((holder) => {
        const member = members.find(holder.store);
        return {
          server: members.nameOf(holder.store),
          confirmed: holder.confirmed && holder.generation === member?.generation,
          live: member?.live ?? false,
        };
      }),
    }));
    return { entry: opened.entry, chunks, more: page.more };
  };

  /** Whoever has what the directory keeps itself. */
  #journalHolders({ committedMs }: Entry): readonly Holder[] {
    const { journalHolders, members } = this.#options;
    const { inView, left } = journalHolders();
    const away = left.filter(({ atMs }) => committedMs < atMs).map(({ store }) => store);
    return [...inView, ...away].map((store) => {
      const generation = members.find(store)?.generation ?? 0;
      return { store, generation, confirmed: true };
    });
  }

  /** Undefined for what costs less than its tickets, and where no server takes any. */
  #leftToServers(file: FileId, chunk: PlacedChunk): DirectChunk | undefined {
    // What is shorter may be at hand, in the directory or among the contents that are kept.
    if (chunk.length <= LIMITS.keptContentBytes) return undefined;
    const { offset, length, hash, holders } = chunk;
    const tickets = this.#options.desk.issue({ file, hash }, holders);
    return tickets.length > 0 ? { offset, length, hash, tickets } : undefined;
  }

  /** A file of one chunk. What no server could deliver is not delivered from memory either. */
  async #readWhole(file: FileId, chunk: PlacedChunk, context: CallContext): Promise<ByteParts> {
    if (chunk.bytes) return [chunk.bytes];
    const { contents, reader } = this.#options;
    const kept = contents.get(chunk.hash);
    if (kept && reader.reaches(chunk.holders)) return [kept];
    const { content } = await this.#read(file, chunk, {}, context.signal);
    contents.keepIfRight(chunk.hash, content);
    return content;
  }

  async #read(
    file: FileId,
    chunk: PlacedChunk,
    servers: Pick<ChunkToRead, 'exclude' | 'suspects'>,
    signal: AbortSignal,
  ): ReturnType<ChunkReader['read']> {
    if (chunk.bytes) return { content: [chunk.bytes], server: 'directory' };
    const { directory, reader } = this.#options;
    const id = { file, hash: chunk.hash };
    const wanted = { chunk: id, length: chunk.length, ...servers };
    try {
      const read = await reader.read({ ...wanted, holders: chunk.holders }, signal);
      POINT: reached('get.chunk-read');
      return read;
    } catch (error) {
      // Copies may have moved since the manifest was read.
      const fresh = await directory.chunk(id);
      if (signal.aborted || !fresh || sameStores(fresh.holders, chunk.holders)) throw error;
      return await reader.read({ ...wanted, holders: fresh.holders }, signal);
    }
  }

  #open({ entry, file, version, chunks }: OpenVersion, context: CallContext): string {
    const handle = randomHex(this.#options.random, 16);
    const read: OpenRead = {
      entry,
      file,
      version,
      pin: this.#options.directory.pin(file, version),
      session: context.session.id,
      chunks: new Map(),
    };
    try {
      this.#reads.add(handle, read, context);
    } catch (error) {
      read.pin[Symbol.dispose]();
      throw error;
    }
    this.#held.add(read.session, read.chunks, chunks);
    return handle;
  }

  #find(handle: string, context: CallContext): OpenRead {
    const read = this.#reads.find(handle, context);
    if (read) return read;
    throw new HoldfastError('handle-gone', 'This file is no longer open here; open it again.');
  }

  async #page(read: OpenRead, fromOffset: number): ReturnType<Directory['manifestPage']> {
    const page = await this.#options.directory.manifestPage(read.file, read.version, fromOffset);
    this.#held.add(read.session, read.chunks, page.chunks);
    return page;
  }

  async #chunkAt(read: OpenRead, offset: number): Promise<PlacedChunk> {
    const { chunks } = await this.#page(read, offset);
    const chunk = chunks.find((found) => found.offset === offset);
    if (chunk) return chunk;
    throw new HoldfastError('invalid-argument', `No chunk of this version begins at ${offset}.`);
  }
}

function sameStores(a: PlacedChunk['holders'], b: PlacedChunk['holders']): boolean {
  return a.length === b.length && a.every((holder, i) => holder.store === b[i]?.store);
}

function notAFile(path: string, entry: Entry): HoldfastError {
  return entry.kind === 'folder'
    ? new HoldfastError('is-a-folder', `${path} is a folder. To read all of it, use -r.`)
    : new HoldfastError(
        'invalid-argument',
        `${path} is a link to ${entry.target ?? '?'}; read that.`,
      );
}
