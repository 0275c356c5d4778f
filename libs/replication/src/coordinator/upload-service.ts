import {
  type CallContext,
  type ChunkHash,
  type FilesContract,
  type Implementation,
  type ManifestEntry,
  type UploadId,
  isHoldfastError,
} from '@holdfast/contracts';
import type { Directory, Upload } from '@holdfast/directory';
import { type ByteParts, partsLength, reached } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { MIN_WRITE, type ChunkWriter, type WrittenChunk } from './chunk-writer.ts';
import type { Flights } from './flights.ts';
import type { Members } from './members.ts';
import { type NotedChunk, OpenUpload } from './open-upload.ts';
import type { PutGrants } from './put-grants.ts';
import { SessionScope } from './session-scope.ts';
import type { Strays } from './strays.ts';
import { type WriteService, requireCopies } from './write-service.ts';

type Files = Implementation<FilesContract>;
type PutResult = Awaited<ReturnType<Files['putChunk']>>;

export interface UploadServiceOptions {
  readonly directory: Directory;
  readonly members: Members;
  readonly writer: ChunkWriter;
  readonly writes: WriteService;
  readonly flights: Flights;
  readonly strays: Strays;
  readonly grants: PutGrants;
}

/**
 * Files that arrive chunk by chunk, here or straight at the stores. A chunk is acknowledged when it is
 * on stores; the directory learns of it in batches, at the latest with the commit.
 */
export class UploadService implements Pick<
  Files,
  | 'openUpload'
  | 'reopenUpload'
  | 'putChunk'
  | 'putTickets'
  | 'notePut'
  | 'commitUpload'
  | 'abortUpload'
> {
  readonly #options: UploadServiceOptions;
  readonly #open = new SessionScope<OpenUpload>({
    perSession: LIMITS.uploadsPerSession,
    noun: 'uploads open',
    release: (open) => open.end(),
  });

  constructor(options: UploadServiceOptions) {
    this.#options = options;
  }

  readonly openUpload: Files['openUpload'] = async (options, context) => {
    const { directory, members, writes } = this.#options;
    // One that is refused only when the directory has it would stay open there for a day.
    this.#open.requireRoom(context);
    const upload = await writes.whileMoved(async () => {
      const positions = members.positions();
      const { file, placement } = await writes.target(options, context);
      return await directory.openUpload({ file, options, placement, positions }, context);
    });
    this.#remember(upload, context);
    return { upload: upload.upload, file: upload.file };
  };

  readonly reopenUpload: Files['reopenUpload'] = async ({ upload, fromOffset, put }, context) => {
    const open = await this.#find(upload, context);
    if (put) await this.#noteAgain(open, put);
    const { chunks, more } = await this.#options.directory.uploadChunks(upload, fromOffset);
    const entries = chunks.map(({ offset, length, hash }) => ({ offset, length, hash }));
    return { chunks: entries, more };
  };

  readonly putChunk: Files['putChunk'] = async ({ upload, offset, hash, content }, context) => {
    const open = await this.#find(upload, context);
    const { members, strays } = this.#options;
    await members.arrivals(open.upload.placement.stores);
    // The positions of when the upload was opened say nothing of a disk that was lost since.
    const flight = this.#options.flights.begin(members.positions());
    const written = await this.#send(open.upload, hash, content).catch((error: unknown) => {
      flight[Symbol.dispose]();
      strays.noteEverywhere({ file: open.upload.file, hash });
      throw error;
    });
    POINT: reached('put.chunk-on-stores', ['large']);
    open.ungrant(offset, hash);
    return await this.#stored(
      open,
      { offset, length: partsLength(content), hash },
      written,
      flight,
    );
  };

  readonly putTickets: Files['putTickets'] = async ({ upload, ...chunk }, context) => {
    const open = await this.#find(upload, context);
    const { grants, members } = this.#options;
    await members.arrivals(open.upload.placement.stores);
    const { file } = open.upload;
    if (!open.hasRoomForGrant(chunk.offset)) return { file, tickets: [] };
    const grant = grants.grant(open.upload, chunk, () => open.expired(chunk));
    if (grant) open.grant(grant);
    return { file, tickets: [...(grant?.tickets ?? [])] };
  };

  readonly notePut: Files['notePut'] = async ({ upload, offset, receipts }, context) => {
    const open = await this.#find(upload, context);
    const grant = open.granted(offset);
    const written = this.#options.grants.written(open.upload, grant, receipts);
    requireCopies(open.upload.options, written);
    POINT: reached('put.chunk-on-stores', ['large']);
    open.used(grant);
    return await this.#stored(open, grant.chunk, written, grant.flight);
  };

  readonly commitUpload: Files['commitUpload'] = async (commit, context) => {
    const open = this.#open.find(commit.upload, context);
    if (open) await this.#note(open);
    const committed = await this.#options.directory.commitUpload(commit, context);
    this.#open.drop(commit.upload);
    return this.#options.writes.result(committed);
  };

  readonly abortUpload: Files['abortUpload'] = async ({ upload }, context) => {
    const open = this.#open.find(upload, context);
    // What the directory knows of is collected at once, and what it does not know much later.
    if (open) await this.#note(open).catch(() => {});
    await this.#options.directory.abortUpload(upload, context);
    this.#open.drop(upload);
    return {};
  };

  async #stored(
    open: OpenUpload,
    chunk: ManifestEntry,
    { holders, missing }: WrittenChunk,
    flight: Disposable,
  ): Promise<PutResult> {
    const { members } = this.#options;
    if (open.add({ chunk: { ...chunk, holders }, flight })) await this.#note(open);
    return {
      holders: holders.map(({ store }) => members.nameOf(store)),
      missing: missing.map((store) => members.nameOf(store)),
    };
  }

  async #send(
    { file, options, placement }: Upload,
    hash: ChunkHash,
    content: ByteParts,
  ): Promise<WrittenChunk> {
    const written = await this.#options.writer.write({ file, hash }, content, placement.stores);
    requireCopies(options, written);
    return written;
  }

  async #find(upload: UploadId, context: CallContext): Promise<OpenUpload> {
    return (
      this.#open.find(upload, context) ??
      this.#remember(await this.#options.directory.findUpload(upload, context), context)
    );
  }

  #remember(upload: Upload, context: CallContext): OpenUpload {
    const known = this.#open.find(upload.upload, context);
    if (known) return known;
    const open = new OpenUpload(upload, this.#options.strays);
    this.#open.add(upload.upload, open, context);
    return open;
  }

  /** Chunks that a frontend had stored and not noted when it ended are on the stores all the same. */
  async #noteAgain(open: OpenUpload, chunks: readonly ManifestEntry[]): Promise<void> {
    const { file, options, placement } = open.upload;
    const ids = chunks.map(({ hash }) => ({ file, hash }));
    const { flights, members, writer } = this.#options;
    await members.arrivals(placement.stores);
    const positions = members.positions();
    using _flight = flights.begin(positions);
    const found = await writer.touch(ids, placement.stores);
    const least = Math.max(MIN_WRITE, options.require ?? 0);
    for (const [index, holders] of found.entries()) {
      const chunk = chunks[index];
      if (!chunk || holders.length < least) continue;
      open.add({ chunk: { ...chunk, holders }, flight: flights.begin(positions) });
    }
    await this.#note(open);
  }

  /** Notes everything that was put so far. What could not be noted is tried again the next time. */
  async #note(open: OpenUpload): Promise<void> {
    await open.noting.run(async () => {
      for (let batch = open.batch(); batch.length > 0; batch = open.batch()) {
        await this.#record(open.upload.upload, batch);
        open.noted(batch.length);
      }
    });
  }

  async #record(upload: UploadId, batch: readonly NotedChunk[]): Promise<void> {
    try {
      await this.#options.directory.recordChunks(upload, batch);
      POINT: reached('put.chunks-noted');
    } catch (error) {
      if (isHoldfastError(error, 'upload-gone')) this.#open.drop(upload);
      throw error;
    }
  }
}
