import {
  type Hasher,
  HoldfastError,
  type JournalTail,
  type SnapshotStamp,
} from '@holdfast/contracts';
import { type Disk, fromHex, readWholeFile, toHex, writeFileAtomically } from '@holdfast/kernel';
import { decodeCheckedLine, encodeCheckedLine } from './checked-line.ts';
import { newerFormat } from './format.ts';

/** The number of the format of snapshots on disk: of the stamp, and of how the pieces stand. */
const FORMAT = 1;

/** Where a piece stands in the file of pieces, and the hash of its bytes in hex. */
export interface PlacedPiece {
  readonly offset: number;
  readonly length: number;
  readonly hash: string;
}

export interface StampedSnapshot {
  readonly stamp: SnapshotStamp;
  readonly pieces: readonly PlacedPiece[];
}

interface Place {
  readonly disk: Disk;
  readonly folder: string;
  readonly hasher: Hasher;
}

export function piecesName({ number }: JournalTail): string {
  return `snapshot-${String(number).padStart(15, '0')}.pieces`;
}

export function stampName(base: JournalTail): string {
  return piecesName(base).replace(/pieces$/, 'stamp');
}

export function isStampName(name: string): boolean {
  return /^snapshot-\d{15}\.stamp$/.test(name);
}

export async function writeStamp(
  { disk, folder, hasher }: Place,
  { stamp, pieces }: StampedSnapshot,
): Promise<void> {
  const { base, upTo, timeMs } = stamp;
  const line = JSON.stringify({
    format: FORMAT,
    base: { ...base, hash: toHex(base.hash) },
    upTo,
    timeMs,
    pieces,
  });
  const path = `${folder}/${stampName(base)}`;
  await writeFileAtomically(disk, path, encodeCheckedLine(hasher, line));
}

/** Rejects with `damaged` or `format-mismatch`. */
export async function readStamp(
  { disk, folder, hasher }: Place,
  name: string,
): Promise<StampedSnapshot> {
  const path = `${folder}/${name}`;
  const bytes = (await readWholeFile(disk, path)) ?? new Uint8Array();
  const line = decodeCheckedLine(hasher, bytes);
  if (line === undefined) {
    throw new HoldfastError(
      'damaged',
      `The stamp ${path} of a snapshot is not as it was written.`,
      {
        details: { file: path },
      },
    );
  }
  const { format, base, upTo, timeMs, pieces } = JSON.parse(line) as Stored;
  if (format > FORMAT) throw newerFormat(path, format);
  const tail = { epoch: base.epoch, number: base.number, hash: fromHex(base.hash) };
  return { stamp: { base: tail, upTo, timeMs, pieces: pieces.length }, pieces };
}

interface Stored {
  readonly format: number;
  readonly base: { readonly epoch: number; readonly number: number; readonly hash: string };
  readonly upTo: number;
  readonly timeMs: number;
  readonly pieces: readonly PlacedPiece[];
}
