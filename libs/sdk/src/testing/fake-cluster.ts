import {
  HoldfastError,
  type ChunkHash,
  type ChunkLink,
  type ChunkToGet,
  type DirectTicket,
  type FileId,
  type FilesContract,
  type Hasher,
  type PutChunkResult,
  type PutOutcome,
  type PutTicket,
  type Remote,
  type StoreId,
  type TicketPut,
  type TicketRead,
} from '@holdfast/contracts';
import { deferred, joinParts, type ByteParts, type Deferred } from '@holdfast/kernel';
import { hashChunk } from '../chunk-hash.ts';
import type { ServerPlace } from '../direct-servers.ts';

type Files = Remote<FilesContract>;
type GetChunk = Parameters<Files['getChunk']>[0];

const FILE = 'f'.repeat(32) as FileId;
const NONCE = '0'.repeat(32);

/** A server that a test kills, stops and robs. `unreachable`: dialling it never ends; `wrong`: it gives other bytes. */
interface FakeServer {
  readonly name: string;
  state: 'well' | 'dead' | 'stopped' | 'empty' | 'failing' | 'full' | 'unreachable' | 'wrong';
  /** Chunks that it gave to clients with tickets. */
  given: number;
  /** Chunks that clients, or servers before it, put there with tickets. */
  readonly taken: Set<ChunkHash>;
  readonly links: Set<Deferred<never>>;
}

/** States in which a frontend gets chunks from a server. */
const RELAYED: ReadonlySet<FakeServer['state']> = new Set(['well', 'failing', 'unreachable']);

/** Three servers in memory, and what a frontend says of open files that they have. */
export class FakeCluster {
  readonly servers: readonly FakeServer[];
  /** What came with each chunk that was relayed. */
  readonly relayed: GetChunk[] = [];
  /** Chunks that were put through the frontend, and that clients told it are on servers. */
  readonly relayedPuts: ChunkHash[] = [];
  readonly noted: ChunkHash[] = [];
  /** Names of the servers that clients brought chunks to. */
  readonly firsts: string[] = [];
  /** Whether the frontend believes what servers say that they took. */
  countsReceipts = true;
  /** How often tickets were asked for. */
  asked = 0;
  /** How often a server was dialled. */
  dials = 0;
  /** Changes the tickets that are given out. */
  forge: (ticket: DirectTicket) => DirectTicket = (ticket) => ticket;
  readonly #hasher: Pick<Hasher, 'hash'>;
  readonly #chunks = new Map<ChunkHash, Uint8Array>();
  readonly #open = new Map<string, readonly ChunkToGet[]>();
  /** Of chunks that tickets to put them are out for, by offset. */
  readonly #puts = new Map<number, ChunkHash>();

  constructor(hasher: Pick<Hasher, 'hash'>) {
    this.#hasher = hasher;
    const names = ['server-1', 'server-2', 'server-3'];
    this.servers = names.map((name) => ({
      ...{ name, state: 'well', given: 0 },
      taken: new Set(),
      links: new Set(),
    }));
  }

  /** Connections that there are now. */
  get connections(): number {
    return this.servers.reduce((sum, { links }) => sum + links.size, 0);
  }

  /** What a sdk calls of a frontend in order to move chunks. */
  get files(): Pick<Files, 'getChunk' | 'tickets' | 'putChunk' | 'putTickets' | 'notePut'> {
    return {
      putChunk: async ({ hash, content }, options) => {
        options?.signal?.throwIfAborted();
        this.relayedPuts.push(hash);
        const holders = this.#live();
        if (holders.length === 0) throw new HoldfastError('unavailable', 'No server takes it now.');
        this.#chunks.set(hash, joinParts(content).slice());
        return this.#result(holders);
      },
      putTickets: async ({ offset, hash }) => {
        this.#puts.set(offset, hash);
        return { file: FILE, tickets: this.#live().map(({ name }) => this.#putTicket(name)) };
      },
      notePut: async ({ offset, receipts }) => {
        const hash = this.#puts.get(offset);
        const holders = receipts.map(({ server }) => this.server(server));
        if (
          !hash ||
          !this.countsReceipts ||
          holders.length === 0 ||
          !holders.every(({ taken }) => taken.has(hash))
        ) {
          throw new HoldfastError('invalid-argument', 'These receipts do not count.');
        }
        this.noted.push(hash);
        return this.#result(holders);
      },
      getChunk: async (params, options) => {
        options?.signal?.throwIfAborted();
        this.relayed.push(params);
        return this.#relay(params);
      },
      tickets: async ({ handle, fromOffset }) => {
        this.asked++;
        const chunks = this.#chunksOf(handle).filter(({ offset }) => offset >= fromOffset);
        const tickets = (): DirectTicket[] => this.servers.map(({ name }) => this.#ticket(name));
        return { chunks: chunks.map(({ offset }) => ({ offset, tickets: tickets() })) };
      },
    };
  }

  /** Connects to whoever answers at an address, if it is the server that was meant. */
  readonly dial = ({ server: name, address }: ServerPlace): ChunkLink => {
    const server = this.servers.find((one) => one.name === address);
    const broken = deferred<never>();
    this.dials++;
    const over = new AbortController();
    const lost = new HoldfastError('disconnected', 'The connection is over.');
    broken.promise.catch(() => over.abort(lost));
    const close = (): void => {
      server?.links.delete(broken);
      broken.reject(lost);
    };
    const ready = async (): Promise<void> => {
      if (server?.state === 'unreachable') await broken.promise;
      if (!server || server.state === 'dead' || server.name !== name) throw lost;
      server.links.add(broken);
    };
    const unlessOver = async <T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> => {
      const aborted = deferred<never>();
      signal?.addEventListener('abort', () => aborted.reject(signal.reason));
      signal?.throwIfAborted();
      return await Promise.race([broken.promise, aborted.promise, work()]);
    };
    return {
      ready: ready(),
      ended: over.signal,
      read: (wanted, signal) => unlessOver(() => this.#give(server, wanted), signal),
      put: (put, content, signal) => {
        this.firsts.push(name);
        return unlessOver(() => this.#take(server, put, content), signal);
      },
      close,
    };
  };

  open(contents: readonly Uint8Array[]): readonly ChunkToGet[] {
    const handle = `handle-${this.#open.size}`;
    let offset = 0;
    const chunks = contents.map((content) => {
      const hash = hashChunk(this.#hasher, [content]);
      this.#chunks.set(hash, content);
      offset += content.length;
      const at = offset - content.length;
      return { handle, file: FILE, offset: at, length: content.length, hash, exclude: [] };
    });
    this.#open.set(handle, chunks);
    return chunks;
  }

  close(handle: string): void {
    this.#open.delete(handle);
  }

  content(hash: ChunkHash): Uint8Array {
    const content = this.#chunks.get(hash);
    if (!content) throw new HoldfastError('not-found', 'Nobody has it.');
    return content;
  }

  server(name: string): FakeServer {
    const found = this.servers.find((server) => server.name === name);
    if (!found) throw new Error(`There is no ${name}.`);
    return found;
  }

  kill(name: string): void {
    const server = this.server(name);
    server.state = 'dead';
    for (const link of server.links) link.reject(new Error('The server died.'));
    server.links.clear();
  }

  async #give(server: FakeServer | undefined, { hash }: TicketRead): Promise<Uint8Array[]> {
    if (!server || server.state === 'stopped') return await deferred<never>().promise;
    if (server.state === 'failing') throw new HoldfastError('internal', 'It fails.');
    if (server.state === 'empty') throw new HoldfastError('not-found', 'It is not here.');
    server.given++;
    const content = this.content(hash);
    return [server.state === 'wrong' ? new Uint8Array(content.length) : content];
  }

  /** A server passes the chunk on as long as those behind it are well. */
  async #take(
    server: FakeServer | undefined,
    { tickets: [, ...tickets], ...put }: TicketPut,
    content: ByteParts,
  ): Promise<PutOutcome> {
    if (!server || server.state === 'stopped') return await deferred<never>().promise;
    if (server.state === 'failing') throw new HoldfastError('internal', 'It fails.');
    if (server.state === 'full') throw new HoldfastError('no-space', 'It is full.');
    if (hashChunk(this.#hasher, content) !== put.hash) throw new HoldfastError('damaged', 'Wrong.');
    server.taken.add(put.hash);
    this.#chunks.set(put.hash, joinParts(content).slice());
    const receipt = { server: server.name, generation: 1, position: 1, proof: '0'.repeat(64) };
    const next = this.servers.find(({ name }) => name === tickets[0]?.server);
    if (next?.state === 'full') return { receipts: [receipt], refused: [next.name] };
    if (!next || next.state !== 'well') return { receipts: [receipt], refused: [] };
    const { receipts, refused } = await this.#take(next, { ...put, tickets }, content);
    return { receipts: [receipt, ...receipts], refused };
  }

  /** Those that a frontend takes for live. */
  #live(): readonly FakeServer[] {
    return this.servers.filter(({ state }) => state !== 'dead');
  }

  #result(
    holders: readonly FakeServer[],
  ): PutChunkResult & Record<'holders' | 'missing', string[]> {
    const missing = this.servers.filter((server) => !holders.includes(server));
    const names = (servers: readonly FakeServer[]): string[] => servers.map(({ name }) => name);
    return { holders: names(holders), missing: names(missing) };
  }

  #relay({ handle, offset, exclude }: GetChunk): { content: Uint8Array[]; server: string } {
    const chunk = this.#chunksOf(handle).find((one) => one.offset === offset);
    const server = this.servers.find(
      ({ name, state }) => RELAYED.has(state) && !exclude.includes(name),
    );
    if (!chunk || !server) throw new HoldfastError('unavailable', 'No server has it now.');
    return { content: [this.content(chunk.hash)], server: server.name };
  }

  #putTicket(server: string): PutTicket {
    return { ...this.#ticket(server), store: '5'.repeat(32) as StoreId };
  }

  #ticket(server: string): DirectTicket {
    const ticket = { nonce: NONCE, proof: '0'.repeat(64) };
    return this.forge({ server, address: server, ticket });
  }

  #chunksOf(handle: string): readonly ChunkToGet[] {
    const chunks = this.#open.get(handle);
    if (chunks) return chunks;
    throw new HoldfastError('handle-gone', 'The read is not open any more.');
  }
}
