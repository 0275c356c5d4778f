import * as z from 'zod';
import { contract, items, method } from './method.ts';
import { scrubReport } from './registry-contract.ts';
import { count, empty, instanceName, storeId, timeMs } from './values.ts';

/**
 * `live`: serves; `catching-up`: is being brought to the present state; `suspect`: silent or slow;
 * `gone`: disconnected.
 */
export const serverState = z.enum(['live', 'catching-up', 'suspect', 'gone']);
export type ServerState = z.infer<typeof serverState>;

/** `read-only`: its disk failed, and it takes no writes until it is started again. */
export const shownServerState = z.enum([...serverState.options, 'read-only']);
export type ShownServerState = z.infer<typeof shownServerState>;

export const serverStatus = z.object({
  name: instanceName,
  store: storeId,
  state: shownServerState,
  /** Why it is in this state, where that needs saying. */
  reason: z.string().optional(),
  /** It is being emptied, and leaves the cluster when nothing needs it any more. */
  retiring: z
    .object({
      /** Chunks without enough copies elsewhere yet; absent until they were first counted. */
      chunksLeft: count.optional(),
    })
    .optional(),
  address: z.string(),
  pid: count,
  freeBytes: count,
  totalBytes: count,
  chunks: count,
  /** Of what it has; its disk may hold more, see `segmentBytes`. */
  chunkBytes: count,
  /** What they take on its disk, with what is dead and not given back yet; absent from older servers. */
  segmentBytes: count.optional(),
  lastSeenMs: timeMs,
  /** How far it is with re-reading what it keeps; absent until it has said so. */
  scrub: scrubReport.optional(),
});
export type ServerStatus = z.infer<typeof serverStatus>;

/** A server that is not let in, and why, with what to do. */
export const refusedServer = z.object({ name: instanceName, reason: z.string() });
export type RefusedServer = z.infer<typeof refusedServer>;

export const repairStatus = z.object({
  /** Chunks with fewer confirmed copies than wanted. */
  underReplicated: count,
  /** Of these, chunks that only one store has. */
  singleCopy: count,
  /** Chunks of committed versions that only stores which are gone have: unreadable now. */
  onlyOnGone: count,
  /** There may be more of these than were found; absent from older frontends. */
  onlyOnGoneIsLeast: z.boolean().optional(),
  bytesPerSecond: z.number(),
  /** Estimated; absent while nothing moves. */
  secondsLeft: z.number().optional(),
  /** Why no copy is made although some are missing, for a person; absent if some are being made. */
  waits: z.string().optional(),
});

export type RepairStatus = z.infer<typeof repairStatus>;

/** What no server has a whole copy of. */
export const damageStatus = z.object({
  /** Chunks of committed versions; at most as many as are looked at for one status. */
  chunks: count,
  /** Paths of some of their files, of an old version perhaps, as far as the caller may see them. */
  files: z.array(z.string()),
});
export type DamageStatus = z.infer<typeof damageStatus>;

/** How far a frontend is with re-reading journal, snapshots and map on its disk, and what it found. */
export const directoryScrub = z.object({
  /** The pass that is under way. */
  current: z.object({ startedMs: timeMs, readBytes: count }).optional(),
  /** The last full pass: what was damaged, and how much of that is whole again. */
  last: z
    .object({
      startedMs: timeMs,
      endedMs: timeMs,
      readBytes: count,
      damaged: count,
      repaired: count,
      /** What was found, each as a sentence. */
      damage: z.array(z.string()),
    })
    .optional(),
});
export type DirectoryScrub = z.infer<typeof directoryScrub>;

export const clusterStatus = z.object({
  frontend: z.object({ name: instanceName, pid: count, startedMs: timeMs, epoch: count }),
  directory: z.object({
    id: z.string(),
    commits: count,
    /** False: changes are refused, for `reason`. */
    writable: z.boolean(),
    reason: z.string().optional(),
    view: z.array(instanceName),
    files: count,
    folders: count,
    sizeBytes: count,
    openUploads: count,
    trashEntries: count,
    /** Of its records on the frontend's disk; absent from older frontends. */
    scrub: directoryScrub.optional(),
  }),
  copies: z.union([count, z.literal('all')]),
  servers: z.array(serverStatus),
  /** Servers that try to join with a store that has left. */
  refused: z.array(refusedServer),
  repair: repairStatus,
  damage: damageStatus,
});
export type ClusterStatus = z.infer<typeof clusterStatus>;

/** Something a person at a prompt wants to hear about. */
export const clusterEvent = z.object({
  atMs: timeMs,
  kind: z.enum(['server-live', 'server-gone', 'server-suspect', 'repair-done', 'directory']),
  server: z.string().optional(),
  live: count,
  enrolled: count,
  /** A whole sentence for a person. */
  message: z.string(),
});
export type ClusterEvent = z.infer<typeof clusterEvent>;

/** The cluster as its users and administrators see it. */
export const clusterContract = contract('cluster', {
  status: method({
    summary: 'Tells the state of every server, of the directory and of repair.',
    access: 'user',
    params: empty,
    result: z.object({ status: clusterStatus }),
  }),
  watch: method({
    summary: 'Reports changes as they happen, beginning with the present number of live servers.',
    access: 'user',
    params: empty,
    result: z.object({ events: items(clusterEvent) }),
  }),
  invite: method({
    summary: 'Makes the line that enrols a server on another machine.',
    access: 'admin',
    params: z.object({ name: instanceName }),
    result: z.object({ line: z.string() }),
  }),
  retire: method({
    summary: 'Moves everything off a server, then removes it from the roster.',
    access: 'admin',
    changes: true,
    params: z.object({ name: instanceName }),
    result: empty,
  }),
  forget: method({
    summary: 'Removes a server that will not return; what only it had is lost.',
    access: 'admin',
    changes: true,
    params: z.object({ name: instanceName, acceptLoss: z.boolean().default(false) }),
    result: empty,
  }),
  scrub: method({
    summary:
      'Has one server, or every live one and the frontend, re-read all that it keeps, beginning now.',
    access: 'admin',
    params: z.object({ name: instanceName.optional() }),
    result: z.object({ servers: z.array(instanceName) }),
  }),
  setCopies: method({
    summary: 'Sets how many copies a new file gets.',
    access: 'admin',
    changes: true,
    params: z.object({ copies: z.union([z.int().min(1).max(64), z.literal('all')]) }),
    result: empty,
  }),
});
export type ClusterContract = typeof clusterContract;
