import * as z from 'zod';
import { directTicket, putReceipt, putTicket } from './chunk-link.ts';
import { CALL_LIMITS, DATA_LIMITS } from './limits.ts';
import { bytes, contract, method } from './method.ts';
import {
  chunkHash,
  count,
  empty,
  entry,
  fileId,
  listedEntry,
  manifestEntry,
  mode,
  path,
  textOf,
  timeMs,
  uploadId,
  writeOptions,
  writeResult,
} from './values.ts';

const page = z.object({
  /** The last name of the page before; absent for the first page. */
  after: z.string().optional(),
  limit: z.int().min(1).max(DATA_LIMITS.listPageEntries).default(DATA_LIMITS.listPageEntries),
});

/** Names a read of one version; it keeps that version readable, and ends with its session. */
export const readHandle = z.string().max(64);

/** The only chunk of a version, and the servers to read it from. */
export const directChunk = manifestEntry.extend({ tickets: z.array(directTicket).min(1) });
export type DirectChunk = z.infer<typeof directChunk>;

export const trashEntry = z.object({
  /** Names the deleted entry to `undelete`. */
  id: z.string(),
  path: z.string(),
  deletedMs: timeMs,
  /** When it will be gone for good, unless space runs short before. */
  expiresMs: timeMs,
  entry,
});

export const versionInfo = z.object({
  version: count,
  sizeBytes: count,
  modifiedMs: timeMs,
  committedMs: timeMs,
  author: z.string(),
  current: z.boolean(),
});

/** Names of the servers that took a chunk, and of those that should have it and do not. */
const putChunkResult = z.object({ holders: z.array(z.string()), missing: z.array(z.string()) });

/** Names, versions and bytes of files. Paths are absolute. */
export const filesContract = contract('files', {
  stat: method({
    summary: 'Describes one file, folder or link.',
    access: 'user',
    params: z.object({ path }),
    result: z.object({ entry }),
  }),
  list: method({
    summary: 'Lists a folder by name, one page at a time.',
    access: 'user',
    params: page.extend({ path }),
    result: z.object({ entries: z.array(listedEntry), more: z.boolean() }),
  }),
  makeFolder: method({
    summary: 'Makes a folder; with `parents` also those above it, and no error if it is there.',
    access: 'user',
    changes: true,
    params: z.object({
      path,
      parents: z.boolean().default(false),
      mode: mode.optional(),
      modifiedMs: timeMs.optional(),
    }),
    result: z.object({ entry }),
  }),
  makeLink: method({
    summary: 'Makes a symbolic link, which the client interprets.',
    access: 'user',
    changes: true,
    params: z.object({ path, target: textOf(DATA_LIMITS.linkTargetBytes).min(1) }),
    result: z.object({ entry }),
  }),
  setAttributes: method({
    summary: 'Changes mode, time or owner of an entry.',
    access: 'user',
    changes: true,
    params: z.object({
      path,
      mode: mode.optional(),
      modifiedMs: timeMs.optional(),
      owner: z.string().optional(),
    }),
    result: z.object({ entry }),
  }),
  rename: method({
    summary: 'Moves an entry; a file may replace a file if `replace` is set.',
    access: 'user',
    changes: true,
    params: z.object({ from: path, to: path, replace: z.boolean().default(false) }),
    result: z.object({ entry }),
  }),
  remove: method({
    summary: 'Moves an entry to the trash; a folder with content only if `recursive` is set.',
    access: 'user',
    changes: true,
    params: z.object({ path, recursive: z.boolean().default(false), ifVersion: count.optional() }),
    result: z.object({ trashId: z.string() }),
  }),
  usage: method({
    summary: 'Counts what is below a path.',
    access: 'user',
    params: z.object({ path }),
    result: z.object({ files: count, folders: count, sizeBytes: count }),
  }),

  write: method({
    summary: 'Writes a small file in one call.',
    access: 'user',
    changes: true,
    params: writeOptions.extend({
      /** BLAKE3 of the bytes; ignored for an empty file. */
      hash: chunkHash,
      content: bytes(DATA_LIMITS.inlineFileBytes),
    }),
    result: writeResult,
  }),
  openUpload: method({
    summary: 'Begins a file whose bytes follow chunk by chunk.',
    access: 'user',
    changes: true,
    params: writeOptions,
    result: z.object({ upload: uploadId, file: fileId }),
  }),
  reopenUpload: method({
    summary: 'Goes on with an upload after the frontend was away; tells what it has on stores.',
    access: 'user',
    params: z.object({
      upload: uploadId,
      fromOffset: count.default(0),
      /** Chunks that were put before: those that stores still have are noted without their bytes. */
      put: z.array(manifestEntry).max(DATA_LIMITS.storeBatchChunks).optional(),
    }),
    result: z.object({ chunks: z.array(manifestEntry), more: z.boolean() }),
  }),
  putChunk: method({
    summary: 'Stores one chunk of an upload on all its holders.',
    access: 'user',
    lane: 'bulk',
    timeoutMs: CALL_LIMITS.chunkMs,
    params: z.object({
      upload: uploadId,
      offset: count,
      hash: chunkHash,
      content: bytes(DATA_LIMITS.chunkBytes),
    }),
    result: putChunkResult,
  }),
  putTickets: method({
    summary: 'Gives tickets to put a chunk of an upload on its holders, without the relay.',
    access: 'user',
    params: manifestEntry.extend({ upload: uploadId }),
    result: z.object({
      file: fileId,
      /** One for each server that is to have it; none where it had better be relayed. */
      tickets: z.array(putTicket).max(DATA_LIMITS.chainedStores),
    }),
  }),
  notePut: method({
    summary: 'Tells which holders took the chunk that tickets were given for.',
    access: 'user',
    params: z.object({
      upload: uploadId,
      offset: count,
      receipts: z.array(putReceipt).max(DATA_LIMITS.chainedStores),
    }),
    result: putChunkResult,
  }),
  commitUpload: method({
    summary: 'Makes the uploaded file visible as a new version.',
    access: 'user',
    changes: true,
    params: z.object({
      upload: uploadId,
      sizeBytes: count,
      /** BLAKE3 over the chunk hashes in order, to show that both sides mean the same file. */
      root: chunkHash,
      modifiedMs: timeMs.optional(),
    }),
    result: writeResult,
  }),
  abortUpload: method({
    summary: 'Gives up an upload and lets its chunks be collected.',
    access: 'user',
    changes: true,
    params: z.object({ upload: uploadId }),
    result: empty,
  }),

  openRead: method({
    summary: 'Opens one version for reading; a small file comes along at once.',
    access: 'user',
    params: z.object({
      path,
      version: count.optional(),
      /** Send the content along if it is at most this long and one chunk. */
      inlineBytes: count.default(0),
      /** Of what would come along, the longer ones may be left to the servers: `direct` says where they are. */
      direct: z.boolean().optional(),
    }),
    result: z.object({
      entry,
      /** Absent if the content came along, or is left to the servers: then nothing keeps the version. */
      handle: readHandle.optional(),
      content: bytes(DATA_LIMITS.inlineFileBytes).optional(),
      /** The hash of the content that came along, for the client to check. */
      hash: chunkHash.optional(),
      direct: directChunk.optional(),
    }),
  }),
  manifest: method({
    summary: 'Lists the chunks of an open version from an offset on, one page at a time.',
    access: 'user',
    params: z.object({ handle: readHandle, fromOffset: count }),
    result: z.object({ chunks: z.array(manifestEntry), more: z.boolean() }),
  }),
  getChunk: method({
    summary: 'Reads the chunk that begins at an offset of an open version.',
    access: 'user',
    lane: 'bulk',
    timeoutMs: CALL_LIMITS.chunkMs,
    params: z.object({
      handle: readHandle,
      offset: count,
      /** Servers whose copy of this chunk was found wrong by the client. */
      exclude: z.array(z.string()).max(64).default([]),
      /** Servers that would not give it to the client: asked first, so that the frontend sees why. */
      suspects: z.array(z.string()).max(64).default([]),
    }),
    result: z.object({ content: bytes(DATA_LIMITS.chunkBytes), server: z.string() }),
  }),
  tickets: method({
    summary: 'Gives tickets to read chunks of an open version from its servers, without the relay.',
    access: 'user',
    params: z.object({ handle: readHandle, fromOffset: count }),
    result: z.object({
      /** The chunks from there on, as many as are worth it; one that no server gives out has no tickets. */
      chunks: z
        .array(z.object({ offset: count, tickets: z.array(directTicket) }))
        .max(DATA_LIMITS.ticketChunks),
    }),
  }),
  closeRead: method({
    summary: 'Lets go of an open version.',
    access: 'user',
    params: z.object({ handle: readHandle }),
    result: empty,
  }),

  where: method({
    summary: 'Tells which servers hold which chunks of a version.',
    access: 'user',
    params: z.object({ path, version: count.optional(), fromOffset: count.default(0) }),
    result: z.object({
      entry,
      chunks: z.array(
        manifestEntry.extend({
          holders: z.array(
            z.object({ server: z.string(), confirmed: z.boolean(), live: z.boolean() }),
          ),
        }),
      ),
      more: z.boolean(),
    }),
  }),
  history: method({
    summary: 'Lists the versions of a file that can still be read, newest first.',
    access: 'user',
    params: z.object({ path }),
    result: z.object({ versions: z.array(versionInfo) }),
  }),
  restore: method({
    summary: 'Makes an old version the newest again.',
    access: 'user',
    changes: true,
    params: z.object({ path, version: count }),
    result: z.object({ entry }),
  }),
  listTrash: method({
    summary: 'Lists what the caller deleted and can have back, newest first.',
    access: 'user',
    params: page,
    result: z.object({ entries: z.array(trashEntry), more: z.boolean() }),
  }),
  emptyTrash: method({
    summary: "Removes the caller's deleted files for good; one of them if `id` is given.",
    access: 'user',
    changes: true,
    params: z.object({ id: z.string().optional() }),
    result: z.object({ removed: count }),
  }),
  undelete: method({
    summary: 'Brings a deleted entry back to where it was, or to `to`.',
    access: 'user',
    changes: true,
    params: z.object({ id: z.string(), to: path.optional() }),
    result: z.object({ entry, path: z.string() }),
  }),
});
export type FilesContract = typeof filesContract;
