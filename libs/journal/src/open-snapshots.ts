import { type Hasher, HoldfastError, type JournalTail, type Snapshots } from '@holdfast/contracts';
import type { SnapshotStamp } from '@holdfast/contracts';
import {
  type Disk,
  DiskError,
  type DiskFile,
  equalBytes,
  makeFolderDurably,
} from '@holdfast/kernel';
import { toHex } from '@holdfast/kernel';
import {
  type PlacedPiece,
  type StampedSnapshot,
  isStampName,
  piecesName,
  readStamp,
  stampName,
  writeStamp,
} from './snapshot-stamp.ts';

export interface SnapshotsOptions {
  readonly disk: Disk;
  /** A folder of their own, which is made if it is missing. */
  readonly folder: string;
  readonly hasher: Hasher;
  /** Told in a sentence which snapshot cannot be read, and so counts for nothing. */
  readonly notice?: (text: string) => void;
}

/**
 * Opens the snapshots in a folder: each is a file of pieces, and a stamp that was written when all of
 * them were on stable storage. Rejects with `format-mismatch` if a newer program wrote one.
 */
export async function openSnapshots(options: SnapshotsOptions): Promise<Snapshots> {
  const { disk, folder, notice } = options;
  await makeFolderDurably(disk, folder);
  const names = (await disk.list(folder)).map(({ name }) => name);
  const found: StampedSnapshot[] = [];
  for (const name of names.filter(isStampName)) {
    try {
      found.push(await readStamp(options, name));
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'damaged') throw error;
      notice?.(error.message);
    }
  }
  const known = new Set(found.flatMap(({ stamp }) => [piecesName(stamp.base)]));
  for (const name of names) {
    // What a crash left of one that was not finished, or not yet removed as a whole.
    if (name.endsWith('.pieces') && !known.has(name)) await disk.unlink(`${folder}/${name}`);
  }
  return new FileSnapshots(options, found);
}

/** One that is being written. */
interface Unfinished {
  readonly base: JournalTail;
  readonly path: string;
  readonly file: DiskFile;
  readonly pieces: PlacedPiece[];
  end: number;
}

class FileSnapshots implements Snapshots {
  readonly #options: SnapshotsOptions;
  #found: readonly StampedSnapshot[];
  #unfinished: Unfinished | undefined;

  constructor(options: SnapshotsOptions, found: readonly StampedSnapshot[]) {
    this.#options = options;
    this.#found = found;
  }

  get all(): readonly SnapshotStamp[] {
    return this.#found.map(({ stamp }) => stamp);
  }

  async begin(base: JournalTail): Promise<void> {
    const { disk, folder } = this.#options;
    await this.#abandon();
    if (this.#find(base)) await this.#remove((stamp) => stamp.base.number === base.number);
    const path = `${folder}/${piecesName(base)}`;
    const file = await disk.open(path, { mode: 'create' });
    await file.truncate(0);
    this.#unfinished = { base, path, file, pieces: [], end: 0 };
  }

  async add(index: number, piece: Uint8Array): Promise<void> {
    const { pieces, file, end } = this.#begun();
    if (index < pieces.length) return;
    if (index > pieces.length) throw outOfOrder(`piece ${index} came before ${pieces.length}`);
    await file.write(piece, end);
    const hash = toHex(this.#options.hasher.hash([piece]));
    pieces.push({ offset: end, length: piece.length, hash });
    this.#begun().end = end + piece.length;
  }

  async finish(stamp: SnapshotStamp): Promise<void> {
    const { base, pieces, file } = this.#begun();
    if (pieces.length !== stamp.pieces || !sameTail(base, stamp.base)) {
      throw outOfOrder(`it has ${pieces.length} of ${stamp.pieces} pieces`);
    }
    await file.sync();
    await file.close();
    this.#unfinished = undefined;
    const { disk, folder } = this.#options;
    await disk.syncFolder(folder);
    await writeStamp(this.#options, { stamp, pieces });
    const others = this.#found.filter((one) => one.stamp.base.number !== base.number);
    this.#found = [...others, { stamp, pieces }].sort(byNumber);
  }

  async read(stamp: SnapshotStamp, index: number): Promise<Uint8Array> {
    const { disk, folder, hasher } = this.#options;
    const path = `${folder}/${piecesName(stamp.base)}`;
    const place = this.#find(stamp.base)?.pieces[index];
    if (!place) {
      throw new HoldfastError('not-found', `There is no piece ${index} of the snapshot ${path}.`);
    }
    await using file = await disk.open(path, { mode: 'read' }).catch((error: unknown) => {
      if (error instanceof DiskError && error.code === 'not-found') throw damaged(path, index);
      throw error;
    });
    const piece = new Uint8Array(place.length);
    const count = await file.read(piece, place.offset);
    if (count === place.length && toHex(hasher.hash([piece])) === place.hash) return piece;
    throw damaged(path, index);
  }

  async verifyStamp({ base }: SnapshotStamp): Promise<void> {
    if (this.#find(base)) await readStamp(this.#options, stampName(base));
  }

  async discard(stamp: SnapshotStamp): Promise<void> {
    await this.#remove((one) => sameTail(one.base, stamp.base));
  }

  async forget(number: number): Promise<void> {
    const newest = this.#found.at(-1)?.stamp;
    await this.#remove((stamp) => stamp !== newest && stamp.base.number < number);
  }

  #begun(): Unfinished {
    if (this.#unfinished) return this.#unfinished;
    throw outOfOrder('none was begun');
  }

  #find(base: JournalTail): StampedSnapshot | undefined {
    return this.#found.find(({ stamp }) => sameTail(stamp.base, base));
  }

  async #abandon(): Promise<void> {
    const abandoned = this.#unfinished;
    this.#unfinished = undefined;
    if (!abandoned) return;
    await abandoned.file.close();
    await this.#options.disk.unlink(abandoned.path);
  }

  /** The stamp first: pieces without one count for nothing. */
  async #remove(which: (stamp: SnapshotStamp) => boolean): Promise<void> {
    const { disk, folder } = this.#options;
    for (const { stamp } of this.#found.filter((one) => which(one.stamp))) {
      this.#found = this.#found.filter((one) => one.stamp !== stamp);
      const pieces = `${folder}/${piecesName(stamp.base)}`;
      await disk.unlink(`${folder}/${stampName(stamp.base)}`);
      await disk.syncFolder(folder);
      await disk.unlink(pieces);
    }
  }
}

function byNumber(one: StampedSnapshot, other: StampedSnapshot): number {
  return one.stamp.base.number - other.stamp.base.number;
}

function sameTail(one: JournalTail, other: JournalTail): boolean {
  return one.number === other.number && equalBytes(one.hash, other.hash);
}

function outOfOrder(what: string): HoldfastError {
  return new HoldfastError(
    'invalid-argument',
    `The snapshot cannot go on: ${what}. Begin it anew.`,
  );
}

function damaged(path: string, index: number): HoldfastError {
  return new HoldfastError(
    'damaged',
    `Piece ${index} of the snapshot ${path} is not as it was written. Check that disk.`,
    { details: { file: path, piece: index } },
  );
}
