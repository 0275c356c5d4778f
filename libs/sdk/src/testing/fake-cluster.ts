import {
  HoldfastError,
  type ChunkHash,
  type ChunkLink,
  type ChunkToGet,
  type DirectTicket,
  type FileId,
  type FilesContract,
  type Hasher,
  type Remote,
  type TicketRead,
} from '@holdfast/contracts';
import { deferred, type Deferred } from '@holdfast/kernel';
import { hashChunk } from '../chunk-hash.ts';
import type { ServerPlace } from '../direct-servers.ts';

type GetChunk = Parameters<Remote<FilesContract>['getChunk']>[0];

const FILE = 'f'.repeat(32) as FileId;
const NONCE = '0'.repeat(32);

/** A server that a test kills, stops and robs. `unreachable`: dialling it never ends; `wrong`: it gives other bytes. */
interface FakeServer {
  readonly name: string;
  state: 'well' | 'dead' | 'stopped' | 'empty' | 'failing' | 'unreachable' | 'wrong';
  /** Chunks that it gave to clients with tickets. */
  given: number;
  readonly links: Set<Deferred<never>>;
}

/** States in which a frontend gets chunks from a server. */
const RELAYED: ReadonlySet<FakeServer['state']> = new Set(['well', 'failing', 'unreachable']);

/** Three servers in memory, and what a frontend says of open files that they have. */
export class FakeCluster {
  readonly servers: readonly FakeServer[];
  /** What came with each chunk that was relayed. */
  readonly relayed: GetChunk[] = [];
  /** How often tickets were asked for. */
  asked = 0;
  /** How often a server was dialled. */
  dials = 0;
  /** Changes the tickets that are given out. */
  forge: (ticket: DirectTicket) => DirectTicket = (ticket) => ticket;
  readonly #hasher: Pick<Hasher, 'hash'>;
  readonly #chunks = new Map<ChunkHash, Uint8Array>();
  readonly #open = new Map<string, readonly ChunkToGet[]>();

  constructor(hasher: Pick<Hasher, 'hash'>) {
    this.#hasher = hasher;
    const names = ['server-1', 'server-2', 'server-3'];
    this.servers = names.map((name) => ({ name, state: 'well', given: 0, links: new Set() }));
  }

  /** Connections that there are now. */
  get connections(): number {
    return this.servers.reduce((sum, { links }) => sum + links.size, 0);
  }

  /** What a sdk calls of a frontend in order to read chunks. */
  get files(): Pick<Remote<FilesContract>, 'getChunk' | 'tickets'> {
    return {
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
    const read = async (wanted: TicketRead, signal?: AbortSignal): Promise<Uint8Array[]> => {
      const aborted = deferred<never>();
      signal?.addEventListener('abort', () => aborted.reject(signal.reason));
      signal?.throwIfAborted();
      return await Promise.race([broken.promise, aborted.promise, this.#give(server, wanted)]);
    };
    return { ready: ready(), ended: over.signal, read, close };
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

  #relay({ handle, offset, exclude }: GetChunk): { content: Uint8Array[]; server: string } {
    const chunk = this.#chunksOf(handle).find((one) => one.offset === offset);
    const server = this.servers.find(
      ({ name, state }) => RELAYED.has(state) && !exclude.includes(name),
    );
    if (!chunk || !server) throw new HoldfastError('unavailable', 'No server has it now.');
    return { content: [this.content(chunk.hash)], server: server.name };
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
