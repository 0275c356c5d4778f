import type { ChunkHash } from '@holdfast/contracts';
import type { ValueReader } from './value-reader.ts';
import type { ValueWriter } from './value-writer.ts';

/**
 * The bytes of a version: none; so few that the directory keeps them itself, in `contents`; one
 * chunk, named here so that a small file needs no manifest; or a manifest.
 */
export type Body =
  | { readonly kind: 'empty' }
  | { readonly kind: 'inline' | 'chunk'; readonly hash: ChunkHash; readonly length: number }
  | { readonly kind: 'manifest'; readonly chunks: number; readonly root: ChunkHash };

/** One version of a file. */
export interface VersionRecord {
  readonly version: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly committedMs: number;
  readonly author: string;
  /** Names the content within its file: a restored version shares the one of the old version. */
  readonly content: string;
  readonly body: Body;
}

const EMPTY = 0;
const CHUNK = 1;
const MANIFEST = 2;
const INLINE = 3;

export function writeVersion(writer: ValueWriter, record: VersionRecord): void {
  writer.count(record.version);
  writer.count(record.sizeBytes);
  writer.number(record.modifiedMs);
  writer.number(record.committedMs);
  writer.text(record.author);
  writer.text(record.content);
  writeBody(writer, record.body);
}

export function readVersion(reader: ValueReader): VersionRecord {
  return {
    version: reader.count(),
    sizeBytes: reader.count(),
    modifiedMs: reader.number(),
    committedMs: reader.number(),
    author: reader.text(),
    content: reader.text(),
    body: readBody(reader),
  };
}

function writeBody(writer: ValueWriter, body: Body): void {
  if (body.kind === 'empty') return writer.count(EMPTY);
  if (body.kind !== 'manifest') {
    writer.count(body.kind === 'inline' ? INLINE : CHUNK);
    writer.hex(body.hash);
    writer.count(body.length);
    return;
  }
  writer.count(MANIFEST);
  writer.count(body.chunks);
  writer.hex(body.root);
}

function readBody(reader: ValueReader): Body {
  const kind = reader.count();
  if (kind === EMPTY) return { kind: 'empty' };
  if (kind !== MANIFEST) {
    const hash = reader.hash() as ChunkHash;
    return { kind: kind === INLINE ? 'inline' : 'chunk', hash, length: reader.count() };
  }
  return { kind: 'manifest', chunks: reader.count(), root: reader.hash() as ChunkHash };
}
