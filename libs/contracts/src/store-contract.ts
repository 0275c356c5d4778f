import * as z from 'zod';
import { CALL_LIMITS, DATA_LIMITS } from './limits.ts';
import { bytes, contract, method } from './method.ts';
import { chunkId, count, directoryId, empty, storeId } from './values.ts';
import { storeReport, storeStand, wireStamp, wireTail } from './registry-contract.ts';

/** Who commands: only the highest epoch that the store was ever told may change anything. */
const command = z.object({ epoch: count });
const chunkList = z.array(chunkId).max(DATA_LIMITS.storeBatchChunks);
const chunksWithLengths = z
  .array(chunkId.extend({ length: count }))
  .max(DATA_LIMITS.storeBatchChunks);

/** The store of a file server, as frontends and other file servers command it. */
export const storeContract = contract('store', {
  accept: method({
    summary: 'Binds the store to a directory and tells it the present epoch.',
    access: 'cluster',
    params: command.extend({
      directory: directoryId,
      /** The store's generation is raised to at least this. */
      generation: count,
      /** Present where the store takes the place of one whose disk was lost. */
      adoptId: storeId.optional(),
    }),
    result: z.object({ stand: storeStand }),
  }),
  put: method({
    summary: 'Stores a small chunk; it is on stable storage when the answer comes.',
    access: 'cluster',
    timeoutMs: CALL_LIMITS.storeMs,
    params: command.extend({ chunk: chunkId, content: bytes(DATA_LIMITS.inlineFileBytes) }),
    result: z.object({ position: count }),
  }),
  putMany: method({
    summary: 'Stores several small chunks, whose bytes follow one another.',
    access: 'cluster',
    timeoutMs: CALL_LIMITS.storeMs,
    params: command.extend({
      chunks: chunksWithLengths,
      content: bytes(DATA_LIMITS.storeBatchBytes),
    }),
    /** The position of each, -1 where it was not taken; put alone, it tells why. */
    result: z.object({ positions: z.array(z.int().min(-1)) }),
  }),
  putLarge: method({
    summary: 'The same for a chunk of any size, on the connection for bulk.',
    access: 'cluster',
    lane: 'bulk',
    timeoutMs: CALL_LIMITS.storeMs,
    params: command.extend({ chunk: chunkId, content: bytes(DATA_LIMITS.chunkBytes) }),
    result: z.object({ position: count }),
  }),
  touch: method({
    summary: 'Notes durably that chunks are wanted again; tells which are there, with positions.',
    access: 'cluster',
    timeoutMs: CALL_LIMITS.storeMs,
    params: command.extend({ chunks: chunkList }),
    /** -1 where there is no such chunk. */
    result: z.object({ positions: z.array(z.int().min(-1)) }),
  }),
  get: method({
    summary: 'Reads a small chunk, verified.',
    access: 'cluster',
    timeoutMs: CALL_LIMITS.storeMs,
    params: z.object({ chunk: chunkId }),
    result: z.object({ content: bytes(DATA_LIMITS.inlineFileBytes) }),
  }),
  getLarge: method({
    summary: 'The same for a chunk of any size, on the connection for bulk.',
    access: 'cluster',
    lane: 'bulk',
    timeoutMs: CALL_LIMITS.storeMs,
    params: z.object({ chunk: chunkId }),
    result: z.object({ content: bytes(DATA_LIMITS.chunkBytes) }),
  }),
  getMany: method({
    summary: 'Reads several chunks, verified, whose bytes follow one another.',
    access: 'cluster',
    lane: 'bulk',
    timeoutMs: CALL_LIMITS.storeMs,
    params: z.object({ chunks: chunkList }),
    /** -1 for the length of one that is not there or damaged. */
    result: z.object({
      lengths: z.array(z.int().min(-1)),
      content: bytes(DATA_LIMITS.storeBatchBytes),
    }),
  }),
  delete: method({
    summary: 'Removes chunks whose newest put or touch is not after `upTo`.',
    access: 'cluster',
    params: command.extend({ chunks: chunkList, upTo: count }),
    /** Whether each is gone now; false: it was put or touched after `upTo`. */
    result: z.object({ deleted: z.array(z.boolean()) }),
  }),
  inventory: method({
    summary: 'Lists what the store holds, in order of chunk, one page at a time.',
    access: 'cluster',
    params: z.object({ after: chunkId.optional() }),
    result: z.object({
      chunks: z.array(chunkId.extend({ length: count, position: count })),
      more: z.boolean(),
      /** Everything acknowledged up to here is in the listing, if it began after `accept`. */
      position: count,
    }),
  }),
  pull: method({
    summary: 'Fetches chunks directly from another store and keeps them.',
    access: 'cluster',
    timeoutMs: CALL_LIMITS.storeMs,
    params: command.extend({
      chunks: chunksWithLengths,
      /** The name and address of the server to pull from. */
      from: z.object({ name: z.string(), address: z.string() }),
    }),
    /** The position of each, -1 where it could not be had. */
    result: z.object({ positions: z.array(z.int().min(-1)), movedBytes: count }),
  }),
  verify: method({
    summary: 'Re-reads chunks; tells which are whole.',
    access: 'cluster',
    timeoutMs: CALL_LIMITS.storeMs,
    params: z.object({ chunks: chunkList }),
    result: z.object({ whole: z.array(z.boolean()) }),
  }),
  damaged: method({
    summary: 'Tells which chunks are in quarantine; those in `told` need not be told again.',
    access: 'cluster',
    params: z.object({ told: chunkList }),
    result: z.object({ chunks: chunkList }),
  }),
  scrub: method({
    summary: 'Begins to re-read everything now.',
    access: 'cluster',
    params: command,
    result: empty,
  }),
  compared: method({
    summary: 'Says that the store was compared with the directory since the pass that ended then.',
    access: 'cluster',
    params: command.extend({ endedMs: count }),
    result: empty,
  }),
  appendJournal: method({
    summary: 'Appends records of the directory; they are on stable storage when the answer comes.',
    access: 'cluster',
    timeoutMs: CALL_LIMITS.storeMs,
    params: command.extend({ records: bytes(DATA_LIMITS.journalBatchBytes) }),
    result: z.object({ number: count }),
  }),
  readJournal: method({
    summary: 'Reads journal records from a number on, as many as fit.',
    access: 'cluster',
    lane: 'bulk',
    timeoutMs: CALL_LIMITS.storeMs,
    params: z.object({ from: count }),
    result: z.object({ records: bytes(DATA_LIMITS.journalBatchBytes), more: z.boolean() }),
  }),
  resetJournal: method({
    summary: 'Begins the copy of the journal anew at a number; a snapshot and a suffix follow.',
    access: 'cluster',
    params: command.extend({
      number: count,
      previous: z.string(),
      previousEpoch: count,
      /** What there was is set aside, and the store deletes no chunk before it was removed. */
      keep: z.boolean().default(false),
    }),
    result: empty,
  }),
  probe: method({
    summary: 'Writes a little to stable storage, which shows how fast that is now; then reports.',
    access: 'cluster',
    params: command,
    result: z.object({ stand: storeStand, report: storeReport }),
  }),
  beginSnapshot: method({
    summary: 'Begins to copy a snapshot of the directory here; an unfinished one is thrown away.',
    access: 'cluster',
    timeoutMs: CALL_LIMITS.storeMs,
    params: command.extend({ base: wireTail }),
    result: empty,
  }),
  addSnapshotPiece: method({
    summary: 'Adds the next piece of a snapshot.',
    access: 'cluster',
    lane: 'bulk',
    timeoutMs: CALL_LIMITS.storeMs,
    params: command.extend({ index: count, piece: bytes(DATA_LIMITS.snapshotPieceBytes) }),
    result: empty,
  }),
  finishSnapshot: method({
    summary: 'Ends a snapshot, which is on stable storage when the answer comes.',
    access: 'cluster',
    timeoutMs: CALL_LIMITS.storeMs,
    params: command.extend({
      stamp: wireStamp,
      /** Records before this one may go, if the journal reaches as far as the snapshot asks. */
      keepFrom: count,
    }),
    result: empty,
  }),
  readSnapshot: method({
    summary: 'Reads a piece of a snapshot.',
    access: 'cluster',
    lane: 'bulk',
    timeoutMs: CALL_LIMITS.storeMs,
    params: z.object({ stamp: wireStamp, index: count }),
    result: z.object({ piece: bytes(DATA_LIMITS.snapshotPieceBytes) }),
  }),
  report: method({
    summary: 'Tells how full and how far the store is.',
    access: 'cluster',
    params: empty,
    result: z.object({ stand: storeStand, report: storeReport }),
  }),
});
export type StoreContract = typeof storeContract;
