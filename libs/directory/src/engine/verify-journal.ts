import {
  continuesChain,
  type Hasher,
  isHoldfastError,
  type Journal,
  type JournalRecord,
  type JournalTail,
  recordBytes,
  tailOf,
} from '@holdfast/contracts';
import { ENGINE_LIMITS } from './limits.ts';

/**
 * Re-reads a whole journal, with checksums and chain. Resolves with what is wrong, as a sentence, or
 * with undefined. `onRead` is told of each piece, and may take its time.
 */
export async function verifyJournal(
  journal: Pick<Journal, 'tail' | 'read'>,
  hasher: Hasher,
  onRead: (bytes: number) => Promise<void>,
): Promise<string | undefined> {
  let before: JournalTail | undefined;
  for (let from = 1; from <= journal.tail.number;) {
    const records = await readPiece(journal, from);
    if (typeof records === 'string') return records;
    if (typeof records === 'number') {
      // What came between gave way to a snapshot meanwhile.
      before = undefined;
      from = records;
      continue;
    }
    for (const record of records) {
      if (before && !continuesChain(hasher, before, record)) return brokenAt(record);
      before = tailOf(record);
    }
    const last = records.at(-1);
    // It was begun anew meanwhile: what is there was written just now.
    if (!last) return undefined;
    from = last.number + 1;
    await onRead(records.reduce((sum, record) => sum + recordBytes(record), 0));
  }
  return undefined;
}

/** Records; or the number of the first one, if the journal begins later; or what is wrong. */
async function readPiece(
  journal: Pick<Journal, 'read'>,
  from: number,
): Promise<readonly JournalRecord[] | number | string> {
  try {
    return await journal.read(from, ENGINE_LIMITS.readBytes);
  } catch (error) {
    if (isHoldfastError(error, 'damaged')) return error.message;
    const first = isHoldfastError(error, 'not-found') ? error.details['first'] : undefined;
    if (typeof first === 'number' && first > from) return first;
    throw error;
  }
}

function brokenAt({ number }: JournalRecord): string {
  return `Record ${number} of the journal does not continue the one before.`;
}
