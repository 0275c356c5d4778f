import * as z from 'zod';
import { CALL_LIMITS } from './limits.ts';
import { contract, method } from './method.ts';
import { count, directoryId, empty, storeId, ticketNonce, timeMs } from './values.ts';

/** A record of the journal by epoch, number and chain hash in hex. */
export const wireTail = z.object({ epoch: count, number: count, hash: z.string() });

/** See `LostTail`. */
export const wireLostTail = z.object({ epoch: count, number: count, hash: z.string().optional() });

/** See `SnapshotStamp`. */
export const wireStamp = z.object({
  base: wireTail,
  upTo: count,
  timeMs: z.number(),
  pieces: count,
});
export type WireLostTail = z.infer<typeof wireLostTail>;
export type WireTail = z.infer<typeof wireTail>;
export type WireStamp = z.infer<typeof wireStamp>;

/** What a store knows of the directory's journal, and may have forgotten of its own chunks. */
export const storeStand = z.object({
  store: storeId,
  /** Absent in a store that has never been accepted by a directory. */
  directory: directoryId.optional(),
  /** Grows whenever the store may have forgotten something. */
  generation: count,
  /** The highest position that is on stable storage. */
  position: count,
  /** The highest epoch that the store was ever commanded in. */
  epoch: count,
  /** The last journal record that the store has: epoch, number and chain hash. 0 and '' for none. */
  journal: wireTail,
  /** How far its copy of the journal was that it had to set aside, until it is as far again. */
  lost: wireLostTail.optional(),
  /** The newest snapshot of the directory that its journal continues and makes whole. */
  snapshot: wireStamp.optional(),
});
export type StoreStand = z.infer<typeof storeStand>;

/** How far a server is with re-reading all that it keeps, and what it has found. */
export const scrubReport = z.object({
  /** The pass that is under way. */
  current: z.object({ startedMs: timeMs, readBytes: count, totalBytes: count }).optional(),
  /** The last full pass; `damaged` counts what it found. */
  last: z
    .object({ startedMs: timeMs, endedMs: timeMs, readBytes: count, damaged: count })
    .optional(),
  /** Damaged chunks that the coordinator was not told of yet. */
  untold: count,
  /** The store was not compared with the directory since the last full pass. */
  uncompared: z.boolean(),
  /** What is wrong with the copy of the journal. */
  journalDamage: z.string().optional(),
});
export type ScrubReport = z.infer<typeof scrubReport>;

export const storeReport = z.object({
  freeBytes: count,
  totalBytes: count,
  chunks: count,
  chunkBytes: count,
  /** What they take on the disk, with what is dead and not given back yet. */
  segmentBytes: count.optional(),
  position: count,
  /** The store takes no more writes, and why: a failed sync, or a full disk. */
  refusesWrites: z.string().optional(),
  /** It refuses them because its disk failed, and will until its server is started again. */
  poisoned: z.boolean().optional(),
  /** Where it keeps changes that a rebuild gave up; while they are there it deletes no chunk. */
  setAside: z.string().optional(),
  /** Where it keeps a copy of the journal that was damaged; it has another one now. */
  quarantined: z.string().optional(),
  scrub: scrubReport.optional(),
  /** What tickets to its chunks are made with now; absent where it has no direct reads. */
  ticketNonce: ticketNonce.optional(),
  /** Clients with tickets may also put chunks there. */
  takesPuts: z.boolean().optional(),
});
export type StoreReport = z.infer<typeof storeReport>;

/** How a file server becomes part of the cluster, once it has proven the cluster key. */
export const registryContract = contract('registry', {
  register: method({
    summary: 'Registers a store. It takes no writes before the answer.',
    access: 'cluster',
    params: z.object({
      /** Grows with each start of the server, so that a restart is told from a second server. */
      incarnation: count,
      address: z.string(),
      pid: count,
      stand: storeStand,
      report: storeReport,
    }),
    result: z.object({ directory: directoryId, epoch: count, heartbeatMs: count }),
  }),
  heartbeat: method({
    summary: 'Says that the server lives, and how full it is.',
    access: 'cluster',
    timeoutMs: CALL_LIMITS.heartbeatMs,
    params: z.object({ report: storeReport }),
    result: empty,
  }),
});
export type RegistryContract = typeof registryContract;
