import type {
  CallContext,
  ChunkHash,
  ChunkId,
  CopyState,
  Entry,
  FileId,
  FilesContract,
  Implementation,
  ManifestEntry,
  StoreId,
  UploadId,
  WriteOptions,
} from '@holdfast/contracts';

/** A store that has a chunk, in the memory that it had at `generation`. */
export interface Holder {
  readonly store: StoreId;
  readonly generation: number;
  /** On stable storage there; false: in doubt until the store's inventory settles it. */
  readonly confirmed: boolean;
}

/** A store that has just acknowledged a chunk, at this position of its log. */
export interface AcknowledgedHolder extends Holder {
  readonly position: number;
}

/** What the directory knows of one chunk of one file. */
export interface ChunkInfo extends ChunkId {
  readonly length: number;
  /** The stores that its file's placement asks for, in order. */
  readonly wanted: readonly StoreId[];
  readonly holders: readonly Holder[];
}

/** A chunk of a version with where it stands in the file. */
export interface PlacedChunk extends ManifestEntry {
  readonly holders: readonly Holder[];
  /** The chunk itself where the directory keeps it; then it has no holders. */
  readonly bytes?: Uint8Array;
}

/** An enrolled store, as the directory remembers it. */
export interface StoreRecord {
  readonly store: StoreId;
  readonly name: string;
  readonly address: string;
  readonly incarnation: number;
  readonly generation: number;
  /** The generation in which its holders were last compared with what it has; or the first one. */
  readonly settledGeneration?: number;
  /** The lineage of the directory in which that was so; see `lineageOf`. Absent: the first one. */
  readonly lineage?: number;
  /** The highest position that was ever recorded as acknowledged. */
  readonly position: number;
  /** No new chunks go there, and its chunks move away. */
  readonly retiring: boolean;
  /** It is about to be removed: no commit counts a copy there any more. */
  readonly leaving?: boolean;
  readonly enrolledMs: number;
  /** For which of its two lives all files were last given their stores. */
  readonly placedFor?: 'serving' | 'retiring';
}

/** Emptied before it left, or given up without that. */
export type Departure = 'retired' | 'forgotten';

/** A store that is not to come back: what it has counts no more. */
export interface DepartedStore {
  readonly store: StoreId;
  readonly name: string;
  readonly how: Departure;
  readonly leftMs: number;
}

/** Where a new file's chunks go, chosen before anything is placed and kept for the file's life. */
export interface FilePlacement {
  readonly stores: readonly StoreId[];
  /** The number asked for: `stores` may be fewer while the roster is smaller. */
  readonly copies: number | 'all';
}

/** The highest position that each store had reported at one moment. */
export type StorePositions = Readonly<Record<StoreId, number>>;

export interface Upload {
  readonly upload: UploadId;
  readonly file: FileId;
  readonly user: string;
  readonly options: WriteOptions;
  readonly placement: FilePlacement;
  /** Reported when the upload was opened: nothing after these may be collected while it is open. */
  readonly positions: StorePositions;
  readonly openedMs: number;
}

/** A version that was opened for reading. */
export interface OpenVersion {
  readonly entry: Entry;
  readonly file: FileId;
  readonly version: number;
  /** The first page of the manifest. */
  readonly chunks: readonly PlacedChunk[];
  readonly more: boolean;
}

/** The file that a write to a path would overwrite; without one, the copies that a new file gets. */
export type FileForWrite =
  | { readonly file: FileId; readonly placement: FilePlacement }
  | { readonly file: undefined; readonly copies: number | 'all' };

export interface CommittedWrite {
  readonly entry: Entry;
  /** Stores of the placement that have every chunk confirmed. */
  readonly holders: readonly StoreId[];
  readonly missing: readonly StoreId[];
  /**
   * The directory keeps the bytes, so that those stores of the placement have them that are in view
   * when this is acknowledged.
   */
  readonly inline?: true;
}

export interface SmallWrite {
  readonly options: WriteOptions;
  /** Chosen by the caller, since the chunk is on stores before the commit. */
  readonly file: FileId;
  readonly placement: FilePlacement;
  /** Absent for an empty file. */
  readonly chunk?: {
    readonly hash: ChunkHash;
    readonly length: number;
    readonly holders: readonly AcknowledgedHolder[];
  };
  /** In place of the chunk: bytes that the directory is to keep itself. */
  readonly inline?: { readonly hash: ChunkHash; readonly bytes: Uint8Array };
}

/** A chunk that no version and no upload refers to, still on some stores. */
export interface GarbageChunk extends ChunkId {
  readonly stores: readonly StoreId[];
}

export interface DirectorySettings {
  readonly copies: number | 'all';
  /** How long deleted files and old versions are kept. */
  readonly trashMs: number;
}

/** What is in the trash counts until it is gone for good. */
export interface DirectoryCounts {
  readonly files: number;
  readonly folders: number;
  /** Of the current versions. */
  readonly sizeBytes: number;
  readonly openUploads: number;
  readonly trashEntries: number;
  readonly underReplicated: number;
  readonly singleCopy: number;
}

/** Methods of the files contract that touch names only. */
type NameMethods =
  | 'stat'
  | 'list'
  | 'makeFolder'
  | 'makeLink'
  | 'setAttributes'
  | 'rename'
  | 'remove'
  | 'usage'
  | 'history'
  | 'restore'
  | 'listTrash'
  | 'emptyTrash'
  | 'undelete';

/**
 * Names, versions, chunks and holders, on a `TransactionRunner`. Every method that changes something
 * resolves once the change is durable and visible. Each checks the right on its path inside the
 * transaction (§P9), from `context.session.principal`.
 */
export interface Directory extends Pick<Implementation<FilesContract>, NameMethods> {
  /** The path of a file now; undefined if it is in the trash or was never committed. */
  locate(file: FileId): Promise<string | undefined>;

  // Writing
  /** What a write meets, so that an overwrite keeps id, placement and shared chunks. */
  fileForWrite(options: WriteOptions, context: CallContext): Promise<FileForWrite>;
  /**
   * The answer that the call of `context` had when it was made before, for one that fails now with
   * `error` before it comes to its commit; rejects with `error` if it was not made before.
   */
  answerBefore<T>(context: CallContext, error: unknown): Promise<T>;
  /**
   * Fails with `version-conflict` and the detail `moved` if `file` has left the path since
   * `fileForWrite`: ask for the file again and put the chunk under the new id.
   */
  writeSmall(write: SmallWrite, context: CallContext): Promise<CommittedWrite>;
  openUpload(
    upload: Omit<Upload, 'upload' | 'user' | 'openedMs'>,
    context: CallContext,
  ): Promise<Upload>;
  /** `upload-gone` unless it is open and the caller's own. */
  findUpload(upload: UploadId, context: CallContext): Promise<Upload>;
  /**
   * Notes chunks that are on stores, invisible until the commit; may be repeated. A holder whose
   * generation is no longer the store's is left out. `upload-gone` unless it is open;
   * `invalid-argument` if other bytes were recorded at the same offset.
   */
  recordChunks(
    upload: UploadId,
    chunks: readonly (ManifestEntry & { readonly holders: readonly AcknowledgedHolder[] })[],
  ): Promise<void>;
  uploadChunks(
    upload: UploadId,
    fromOffset: number,
  ): Promise<{ readonly chunks: readonly PlacedChunk[]; readonly more: boolean }>;
  /**
   * Fails with `upload-gone` unless it is open and the caller's own, with `invalid-argument` if bytes
   * are missing, overlap, or do not hash to `root`, with `too-few-copies` if the least copied chunk
   * has fewer confirmed copies than required, with `version-conflict` if the file has left its path.
   */
  commitUpload(
    commit: {
      upload: UploadId;
      sizeBytes: number;
      root: ChunkHash;
      modifiedMs?: number | undefined;
    },
    context: CallContext,
  ): Promise<CommittedWrite>;
  abortUpload(upload: UploadId, context: CallContext): Promise<void>;

  // Reading
  openVersion(
    path: string,
    version: number | undefined,
    context: CallContext,
  ): Promise<OpenVersion>;
  manifestPage(
    file: FileId,
    version: number,
    fromOffset: number,
  ): Promise<{ readonly chunks: readonly PlacedChunk[]; readonly more: boolean }>;

  // Copies
  chunk(chunk: ChunkId): Promise<ChunkInfo | undefined>;
  /** Under-replicated chunks, fewest confirmed copies first. */
  underReplicated(limit: number, after?: ChunkInfo): Promise<readonly ChunkInfo[]>;
  /** Notes new holders. One whose generation is no longer the store's is left out. */
  addHolders(added: readonly (ChunkId & { readonly holder: AcknowledgedHolder })[]): Promise<void>;
  /** A store turned out not to have these chunks (any more), or to have them damaged. */
  dropHolders(store: StoreId, chunks: readonly ChunkId[]): Promise<void>;
  /** Chunks of which `store` is said to be a holder, in order of file and hash. */
  chunksOn(
    store: StoreId,
    after: ChunkId | undefined,
    limit: number,
  ): Promise<readonly ChunkInfo[]>;
  /** All files and where their chunks are to be, in order of id, one page after the other. */
  placements(
    after: FileId | undefined,
    limit: number,
  ): Promise<readonly { readonly file: FileId; readonly placement: FilePlacement }[]>;
  /**
   * Gives a file other stores, as when the roster grew or a store is retired. What they lack is
   * under-replicated from then on; of a large file, `reap` finds it step by step.
   */
  setPlacement(file: FileId, placement: FilePlacement): Promise<void>;
  /** Of `chunks`, those that some version or open upload refers to. */
  referenced(chunks: readonly ChunkId[]): Promise<readonly ChunkId[]>;

  // Collection
  /**
   * One bounded step of expiring trash, old versions and abandoned uploads, and of turning what they
   * alone referred to into garbage. True if there is more to do.
   */
  reap(options: {
    readonly uploadIdleMs: number;
    /** Instead of the settings', as when space runs short. */
    readonly trashMs?: number;
  }): Promise<boolean>;
  /** The next chunks in turn: each call goes on behind the last one, and begins anew at the end. */
  garbage(limit: number): Promise<readonly GarbageChunk[]>;
  /** These stores have deleted the chunk. It is forgotten when no store is left. */
  collected(chunk: ChunkId, stores: readonly StoreId[]): Promise<void>;
  openUploads(): Promise<readonly Upload[]>;
  /**
   * A version that must stay readable, for an open read handle; disposing lets it go. To be called
   * as soon as `openVersion` has answered; `not-found` if the version is being collected just now.
   */
  pin(file: FileId, version: number): Disposable;

  // Stores, settings, counts
  stores(): Promise<readonly StoreRecord[]>;
  /** Stores that left for good, as far as they are remembered. */
  departedStores(): Promise<readonly DepartedStore[]>;
  /** Enrols a store, or replaces all that is known of it. `foreign-store` if it left for good. */
  putStore(record: StoreRecord): Promise<void>;
  /**
   * Changes what is known of a store now; nothing, where it is not enrolled (any more) or `change`
   * answers undefined. `change` may be called more than once.
   */
  changeStore(
    store: StoreId,
    change: (known: StoreRecord) => StoreRecord | undefined,
    context?: CallContext,
  ): Promise<void>;
  /**
   * Takes a `leaving` store out of all placements and forgets its copies, in bounded steps, each of
   * which rejects with `not-empty` if some chunk would be left without a confirmed copy (§P1).
   */
  emptyStore(store: StoreId): Promise<void>;
  /**
   * Removes a store for good, with all its holders, in bounded steps. It is among the departed ones
   * from the first step on: called again after an interruption it goes on.
   */
  removeStore(store: StoreId, how: Departure, context?: CallContext): Promise<void>;
  settings(): Promise<DirectorySettings>;
  /** Changes some of them at once; the others stay what they are. */
  changeSettings(changed: Partial<DirectorySettings>, context?: CallContext): Promise<void>;
  counts(): Promise<DirectoryCounts>;
  /**
   * Makes `/home` and `/shared` where they are missing. A directory that has neither is a new one,
   * and begins with `settings`.
   */
  ensureRoots(settings?: Partial<DirectorySettings>): Promise<void>;
  ensureHome(user: string): Promise<void>;
}

/** `copies` of a version: what is confirmed on the least copied chunk. */
export type { CopyState };
