import {
  type Hasher,
  type HoldfastError,
  type Journal,
  type JournalRecord,
  type SnapshotStamp,
  continuesChain,
  isHoldfastError,
} from '@holdfast/contracts';
import { equalBytes } from '@holdfast/kernel';
import type { JournalCopy } from './journal-copy.ts';
import type { JournalSource } from './records-between.ts';
import type { PieceSource } from './snapshot-entries.ts';

/** The journal, and where it is damaged the same records from a store that has them. */
export function journalOrCopies(
  journal: Journal,
  hasher: Hasher,
  copies: () => readonly JournalCopy[],
): JournalSource {
  const read = async (from: number, maxBytes: number): Promise<JournalRecord[]> => {
    try {
      return await journal.read(from, maxBytes);
    } catch (error) {
      if (!isHoldfastError(error, 'damaged')) throw error;
      return await fromCopies(copies(), error, async (copy) => {
        const records = await copy.read(from);
        return areLinked(hasher, records, from) ? records : undefined;
      });
    }
  };
  return {
    read,
    get tail() {
      return journal.tail;
    },
    get first() {
      return journal.first;
    },
    hashOf: async (number) => {
      try {
        return await journal.hashOf(number);
      } catch (error) {
        if (!isHoldfastError(error, 'damaged')) throw error;
        return (await read(number, 1))[0]?.hash;
      }
    },
  };
}

/** Pieces of our snapshots, and where one is damaged that of a store that has the same snapshot. */
export function piecesOrCopies(
  pieces: PieceSource,
  copies: () => readonly JournalCopy[],
): PieceSource {
  return {
    read: async (stamp, index) => {
      try {
        return await pieces.read(stamp, index);
      } catch (error) {
        if (!isHoldfastError(error, 'damaged')) throw error;
        return await fromCopies(copies(), error, async (copy) => {
          const { snapshot } = await copy.stand();
          if (!snapshot || !isSame(snapshot, stamp)) return undefined;
          return await copy.readPiece(stamp, index);
        });
      }
    },
  };
}

async function fromCopies<T>(
  copies: readonly JournalCopy[],
  damage: HoldfastError,
  read: (copy: JournalCopy) => Promise<T | undefined>,
): Promise<T> {
  for (const copy of copies) {
    const found = await read(copy).catch(() => undefined);
    if (found !== undefined) return found;
  }
  throw damage;
}

/** Our own chain cannot be asked for what is damaged in it, but a copy took nothing that did not continue it. */
function areLinked(hasher: Hasher, records: readonly JournalRecord[], from: number): boolean {
  const [first] = records;
  if (first?.number !== from) return false;
  let before = { epoch: first.epoch, number: from - 1, hash: first.previous };
  for (const record of records) {
    if (!continuesChain(hasher, before, record)) return false;
    before = record;
  }
  return true;
}

/** Two that are taken at one commit are cut into the same pieces only if they reach equally far. */
function isSame(one: SnapshotStamp, other: SnapshotStamp): boolean {
  return (
    one.base.number === other.base.number &&
    equalBytes(one.base.hash, other.base.hash) &&
    one.upTo === other.upTo &&
    one.pieces === other.pieces
  );
}
