import { utf8 } from '@holdfast/kernel';
import * as z from 'zod';
import { isEntry } from './is-entry.ts';
import { DATA_LIMITS } from './limits.ts';
import { hexPattern, ID_BYTES, MOST_MODE, USER_NAME } from './patterns.ts';
import { quickly } from './quickly.ts';

/** A whole number from 0 on. */
export const count = z.int().min(0);
export const empty = z.object({});

/** A text of at most so many bytes in UTF-8. */
export const textOf = (mostBytes: number): z.ZodString =>
  z
    .string()
    .max(mostBytes)
    .refine((text) => utf8(text).length <= mostBytes, `expected at most ${mostBytes} bytes`);

const hex = (byteCount: number): z.ZodString =>
  z.string().regex(hexPattern(byteCount), `expected ${2 * byteCount} hex digits`);

/** Names a file for life, whatever it is called: 16 random bytes. */
export const fileId = hex(ID_BYTES).brand('FileId');
export type FileId = z.infer<typeof fileId>;

/** BLAKE3 of a chunk's stored bytes. */
export const chunkHash = hex(32).brand('ChunkHash');
export type ChunkHash = z.infer<typeof chunkHash>;

/** Names a store for life: 16 random bytes. */
export const storeId = hex(ID_BYTES).brand('StoreId');
export type StoreId = z.infer<typeof storeId>;

/** Names a directory for life: 16 random bytes. */
export const directoryId = hex(ID_BYTES).brand('DirectoryId');
export type DirectoryId = z.infer<typeof directoryId>;

export const uploadId = hex(ID_BYTES).brand('UploadId');
export type UploadId = z.infer<typeof uploadId>;

/** What a store gives out for tickets to be made with: 16 random bytes, good for a moment. */
export const ticketNonce: z.ZodString = hex(ID_BYTES);

/** The name of an instance: what folders under `cluster/` are called. */
export const instanceName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'expected lower-case letters, digits and hyphens, at most 63',
  );

export const path = z.string().min(1).max(DATA_LIMITS.pathBytes);
export const userName = z
  .string()
  .regex(USER_NAME, 'expected lower-case letters, digits, dot, hyphen, underscore');
export const password = textOf(DATA_LIMITS.passwordBytes);

/** A chunk is shared among the versions of one file only, so its name has both parts. */
export const chunkId = z.object({ file: fileId, hash: chunkHash });
export type ChunkId = z.infer<typeof chunkId>;

/** A chunk of one version: where its bytes stand in the file. */
export const manifestEntry = z.object({ offset: count, length: count, hash: chunkHash });
export type ManifestEntry = z.infer<typeof manifestEntry>;

export const entryKind = z.enum(['file', 'folder', 'link']);
export type EntryKind = z.infer<typeof entryKind>;

/** How well a version is stored. `durable`: all wanted copies; `reduced`: some; `lost`: none. */
export const copyState = z.object({
  /** Copies that the file's placement asks for. */
  wanted: count,
  /** Confirmed copies of the least copied chunk, on any enrolled store. */
  confirmed: count,
});
export type CopyState = z.infer<typeof copyState>;

/** Permission bits as in POSIX, of which clients make what they can. */
export const mode = z.int().min(0).max(MOST_MODE);
export const timeMs = z.number().finite();

export const entry = z.object({
  name: z.string(),
  kind: entryKind,
  /** The file's id; the folder's id for a folder. */
  id: fileId,
  sizeBytes: count,
  /** The current version's number, from 1; 0 for a folder or link. */
  version: count,
  mode,
  /** When the content changed, as its writer says. */
  modifiedMs: timeMs,
  /** When this version was committed, or the folder made, on directory time. */
  committedMs: timeMs,
  owner: userName,
  copies: copyState,
  /** The target of a link. */
  target: z.string().optional(),
});
export type Entry = z.infer<typeof entry>;

/** An entry of a listing, of which there may be very many. */
export const listedEntry: z.ZodType<Entry> = quickly(entry, isEntry);

/** What a write says about the file besides its bytes. */
export const writeOptions = z.object({
  path,
  mode: mode.optional(),
  modifiedMs: timeMs.optional(),
  /** Fails with `version-conflict` unless this is the current version; 0: there is no such file. */
  ifVersion: count.optional(),
  /** Copies to ask for instead of the cluster's setting. */
  copies: z.int().min(1).optional(),
  /** Fewer confirmed copies than this are an error, and nothing becomes visible. */
  require: z.int().min(1).optional(),
});
export type WriteOptions = z.infer<typeof writeOptions>;

/** What a committed write reached (§P1). */
export const writeResult = z.object({
  entry,
  /** Names of the servers that have every chunk on stable storage. */
  holders: z.array(z.string()),
  /** Names of chosen servers that do not; they are repaired when they return. */
  missing: z.array(z.string()),
});
export type WriteResult = z.infer<typeof writeResult>;
