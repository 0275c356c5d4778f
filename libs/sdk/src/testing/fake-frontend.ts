import {
  DATA_LIMITS,
  HoldfastError,
  type CallOptions,
  type ChunkHash,
  type ClusterContract,
  type Entry,
  type FileId,
  type FilesContract,
  type ManifestEntry,
  type Remote,
  type UploadId,
  type UsersContract,
  type WriteOptions,
  type WriteResult,
} from '@holdfast/contracts';
import { joinParts, toHex, type ByteParts } from '@holdfast/kernel';

interface FakeVersion {
  readonly entry: Entry;
  readonly chunks: readonly ManifestEntry[];
}

interface FakeUpload {
  readonly options: WriteOptions;
  readonly file: FileId;
  readonly chunks: Map<number, ManifestEntry>;
  /** Cleared by a restart until the upload is reopened. */
  known: boolean;
}

const SERVERS = ['server-1', 'server-2', 'server-3'];

/** A frontend in memory, with which tests of the sdk and of commands can do as they please. */
export class FakeFrontend {
  /** Current versions and folders by path. */
  readonly entries: Map<string, FakeVersion> = new Map();
  /** How often each method was called. */
  readonly calls: Map<string, number> = new Map();
  /** Runs before each call; may throw what the call fails with, or wait. */
  beforeCall: (method: string, params: object) => void | Promise<void> = () => {};
  /** Servers that answer `getChunk` with wrong bytes. */
  readonly wrongServers: Set<string> = new Set();
  /** Servers that took part in the last writes. */
  holders: readonly string[] = SERVERS;
  chunkPutsAtOnce: number = 0;
  readonly files: Remote<FilesContract>;
  /** What a test lets the other objects answer. */
  cluster: Partial<Remote<ClusterContract>> = {};
  users: Partial<Remote<UsersContract>> = {};
  readonly uploads: Map<UploadId, FakeUpload> = new Map();
  readonly handles: Map<string, FakeVersion> = new Map();
  readonly #chunks = new Map<ChunkHash, Uint8Array>();
  #ids = 0;

  constructor() {
    const methods = this.#methods();
    this.files = new Proxy(methods, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as Method | undefined;
        if (!method) {
          return () => Promise.reject(new HoldfastError('method-not-found', `No ${String(name)}`));
        }
        return (params: object, options?: CallOptions) =>
          this.#call(String(name), method, params, options);
      },
    }) as Remote<FilesContract>;
    this.addFolder('/');
  }

  /** Forgets what a frontend does not keep on disk. */
  restart(): void {
    this.handles.clear();
    for (const upload of this.uploads.values()) upload.known = false;
  }

  /** Forgets a chunk of every upload, as with its restart; the stores may lose it, too. */
  loseUploadedChunk(offset: number, onStores: boolean): void {
    for (const upload of this.uploads.values()) {
      const hash = upload.chunks.get(offset)?.hash;
      upload.chunks.delete(offset);
      if (hash !== undefined && onStores) this.#chunks.delete(hash);
    }
  }

  addFolder(path: string, mode = 0o755): void {
    const entry = this.#entry(path, 'folder', 0);
    this.entries.set(path, { chunks: [], entry: { ...entry, mode, version: 0 } });
  }

  content(path: string): Uint8Array | undefined {
    const version = this.entries.get(path);
    if (!version) return undefined;
    return joinParts(version.chunks.map(({ hash }) => this.#chunks.get(hash) ?? new Uint8Array()));
  }

  async #call(
    name: string,
    method: Method,
    params: object,
    options: CallOptions | undefined,
  ): Promise<unknown> {
    options?.signal?.throwIfAborted();
    this.calls.set(name, (this.calls.get(name) ?? 0) + 1);
    if (name === 'putChunk') this.chunkPutsAtOnce++;
    try {
      await this.beforeCall(name, params);
      options?.signal?.throwIfAborted();
      return method(params);
    } finally {
      if (name === 'putChunk') this.chunkPutsAtOnce--;
    }
  }

  #methods(): Partial<Record<keyof FilesContract['methods'], Method>> {
    return {
      stat: on<{ path: string }>(({ path }) => ({ entry: this.#find(path).entry })),
      list: on<{ path: string; after?: string; limit: number }>(({ path, after, limit }) => {
        this.#find(path);
        const prefix = path === '/' ? '/' : `${path}/`;
        const all = [...this.entries]
          .filter(
            ([p]) => p !== '/' && p.startsWith(prefix) && !p.slice(prefix.length).includes('/'),
          )
          .map(([, { entry }]) => entry)
          .filter(({ name }) => after === undefined || name > after)
          .sort((a, b) => (a.name < b.name ? -1 : 1));
        return { entries: all.slice(0, limit), more: all.length > limit };
      }),
      makeFolder: on<{ path: string; parents: boolean; mode?: number }>(
        ({ path, parents, mode }) => {
          if (this.entries.has(path) && !parents) throw alreadyExists(path);
          for (let at = path.indexOf('/', 1); at > 0 && parents; at = path.indexOf('/', at + 1)) {
            if (!this.entries.has(path.slice(0, at))) this.addFolder(path.slice(0, at));
          }
          if (!this.entries.has(path)) this.addFolder(path, mode);
          return { entry: this.#find(path).entry };
        },
      ),
      setAttributes: on<{ path: string; modifiedMs?: number }>(({ path, modifiedMs = 0 }) => {
        const { entry, chunks } = this.#find(path);
        this.entries.set(path, { chunks, entry: { ...entry, modifiedMs } });
        return { entry: this.#find(path).entry };
      }),
      makeLink: on<{ path: string; target: string }>(({ path, target }) => {
        const entry: Entry = { ...this.#entry(path, 'link', 0), version: 0, target };
        this.entries.set(path, { chunks: [], entry });
        return { entry };
      }),
      remove: on<{ path: string; recursive: boolean }>(({ path }) => {
        this.#find(path);
        for (const key of this.entries.keys()) {
          if (key === path || key.startsWith(`${path}/`)) this.entries.delete(key);
        }
        return { trashId: path };
      }),
      write: on<WriteOptions & { hash: ChunkHash; content: ByteParts }>((params) => {
        const bytes = joinParts(params.content).slice();
        if (bytes.length > 0) this.#chunks.set(params.hash, bytes);
        const chunk = { offset: 0, length: bytes.length, hash: params.hash };
        return this.#commit(params, bytes.length > 0 ? [chunk] : [], undefined);
      }),
      openUpload: on<WriteOptions>((options) => {
        const upload = this.#id() as UploadId;
        const file = this.#id() as FileId;
        this.uploads.set(upload, { options, file, chunks: new Map(), known: true });
        return { upload, file };
      }),
      reopenUpload: on<{ upload: UploadId; fromOffset: number; put?: ManifestEntry[] }>(
        (params) => {
          const { upload, fromOffset, put = [] } = params;
          const open = this.uploads.get(upload);
          if (!open) throw uploadGone();
          open.known = true;
          for (const chunk of put)
            if (this.#chunks.has(chunk.hash)) open.chunks.set(chunk.offset, chunk);
          const chunks = [...open.chunks.values()]
            .filter(({ offset }) => offset >= fromOffset)
            .sort((a, b) => a.offset - b.offset);
          return { chunks: chunks.slice(0, 2), more: chunks.length > 2 };
        },
      ),
      putChunk: on<{ upload: UploadId; offset: number; hash: ChunkHash; content: ByteParts }>(
        ({ upload, offset, hash, content }) => {
          const open = this.uploads.get(upload);
          if (!open?.known) throw uploadGone();
          const bytes = joinParts(content).slice();
          this.#chunks.set(hash, bytes);
          open.chunks.set(offset, { offset, length: bytes.length, hash });
          return { holders: [...this.holders], missing: this.#missing() };
        },
      ),
      commitUpload: on<{ upload: UploadId; sizeBytes: number; modifiedMs?: number }>(
        ({ upload, sizeBytes, modifiedMs }) => {
          const open = this.uploads.get(upload);
          if (!open?.known) throw uploadGone();
          const chunks = [...open.chunks.values()].sort((a, b) => a.offset - b.offset);
          const stored = chunks.reduce((sum, { length }) => sum + length, 0);
          if (stored !== sizeBytes) {
            throw new HoldfastError('invalid-argument', `${stored} of ${sizeBytes} bytes came.`);
          }
          this.uploads.delete(upload);
          const options = modifiedMs === undefined ? open.options : { ...open.options, modifiedMs };
          return this.#commit(options, chunks, open.file);
        },
      ),
      abortUpload: on<{ upload: UploadId }>(({ upload }) => {
        this.uploads.delete(upload);
        return {};
      }),
      openRead: on<{ path: string; inlineBytes: number }>(({ path, inlineBytes }) => {
        const version = this.#find(path);
        if (version.entry.kind === 'folder') {
          throw new HoldfastError('is-a-folder', `${path} is a folder.`);
        }
        if (version.entry.kind === 'link') {
          throw new HoldfastError('invalid-argument', `${path} is a link.`);
        }
        const { entry, chunks } = version;
        if (entry.sizeBytes <= inlineBytes && chunks.length <= 1) {
          const hash = chunks[0]?.hash;
          const bytes = hash === undefined ? undefined : this.#chunks.get(hash);
          return { entry, content: bytes ? [bytes] : [], hash };
        }
        const handle = this.#id();
        this.handles.set(handle, version);
        return { entry, handle };
      }),
      manifest: on<{ handle: string; fromOffset: number }>(({ handle, fromOffset }) => {
        const chunks = this.#opened(handle).chunks.filter(({ offset }) => offset >= fromOffset);
        return { chunks: chunks.slice(0, 2), more: chunks.length > 2 };
      }),
      getChunk: on<{ handle: string; offset: number; exclude: string[] }>(
        ({ handle, offset, exclude }) => {
          const chunk = this.#opened(handle).chunks.find((c) => c.offset === offset);
          const server = SERVERS.find((name) => !exclude.includes(name));
          const bytes = chunk && this.#chunks.get(chunk.hash);
          if (!bytes || server === undefined) throw new HoldfastError('damaged', 'No good copy.');
          const wrong = this.wrongServers.has(server);
          return { content: [wrong ? new Uint8Array(bytes.length) : bytes], server };
        },
      ),
      closeRead: on<{ handle: string }>(({ handle }) => {
        this.handles.delete(handle);
        return {};
      }),
      where: on<{ path: string; fromOffset?: number }>(({ path, fromOffset = 0 }) => {
        const { entry, chunks } = this.#find(path);
        const holders = this.holders.map((server) => ({ server, confirmed: true, live: true }));
        const rest = chunks.filter(({ offset }) => offset >= fromOffset);
        const page = rest.slice(0, 2).map((chunk) => ({ ...chunk, holders }));
        return { entry, chunks: page, more: rest.length > 2 };
      }),
    };
  }

  #commit(
    options: WriteOptions,
    chunks: readonly ManifestEntry[],
    file: FileId | undefined,
  ): WriteResult {
    const before = this.entries.get(options.path)?.entry;
    const sizeBytes = chunks.reduce((sum, { length }) => sum + length, 0);
    const entry: Entry = {
      ...this.#entry(options.path, 'file', sizeBytes),
      ...(file && { id: file }),
      ...(before && { id: before.id }),
      version: (before?.version ?? 0) + 1,
      mode: options.mode ?? 0o644,
      modifiedMs: options.modifiedMs ?? 0,
    };
    this.entries.set(options.path, { entry, chunks });
    return { entry, holders: [...this.holders], missing: this.#missing() };
  }

  #missing(): string[] {
    return SERVERS.filter((name) => !this.holders.includes(name));
  }

  #find(path: string): FakeVersion {
    const found = this.entries.get(path);
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const above = this.entries.get(path.slice(0, end));
      if (above && above.entry.kind !== 'folder') {
        throw new HoldfastError('not-a-folder', `${above.entry.name} is not a folder.`);
      }
    }
    if (!found) throw new HoldfastError('not-found', `There is no ${path}.`);
    return found;
  }

  #opened(handle: string): FakeVersion {
    const opened = this.handles.get(handle);
    if (!opened) throw new HoldfastError('handle-gone', 'The read is not open any more.');
    return opened;
  }

  #entry(path: string, kind: Entry['kind'], sizeBytes: number): Entry {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const copies = { wanted: 3, confirmed: this.holders.length };
    const times = { modifiedMs: 0, committedMs: 0 };
    const id = this.#id() as FileId;
    return { name, kind, id, sizeBytes, version: 1, mode: 0o755, ...times, owner: 'ann', copies };
  }

  #id(): string {
    const id = new Uint8Array(16);
    new DataView(id.buffer).setUint32(0, ++this.#ids);
    return toHex(id);
  }
}

type Method = (params: object) => unknown;

function on<P>(method: (params: P) => unknown): Method {
  return (params) => method(params as P);
}

function uploadGone(): HoldfastError {
  return new HoldfastError('upload-gone', 'The upload is not open.');
}

function alreadyExists(path: string): HoldfastError {
  return new HoldfastError('already-exists', `${path} is there already.`);
}

/** Bytes that differ everywhere, so that a misplaced run is noticed. */
export function testBytes(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const words = new Uint32Array(bytes.buffer, 0, Math.floor(length / 4));
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i, 2654435761) ^ (i << 7);
  return bytes;
}

/** A little more than three whole chunks. */
export const SEVERAL_CHUNKS_BYTES: number = 3 * DATA_LIMITS.chunkBytes + 1234;
