import type { Hasher } from '@holdfast/contracts';
import { type Disk, readWholeFile, writeFileAtomically } from '@holdfast/kernel';
import { decodeCheckedLine, encodeCheckedLine } from './checked-line.ts';
import { damagedJournal, newerFormat } from './format.ts';

/** Where a journal begins whose older records are no longer needed. */
export interface Beginning {
  /** How often the journal had been begun anew; for any other number this says nothing. */
  readonly resets: number;
  /** Records before this one may be gone. */
  readonly first: number;
}

interface Place {
  readonly disk: Disk;
  readonly folder: string;
  readonly hasher: Hasher;
}

const FORMAT = 1;
const NAME = 'beginning';

/** Durably, before anything is removed: a file that is missing later is known not to be lost. */
export async function writeBeginning(
  { disk, folder, hasher }: Place,
  { resets, first }: Beginning,
): Promise<void> {
  const line = JSON.stringify({ format: FORMAT, resets, first });
  await writeFileAtomically(disk, `${folder}/${NAME}`, encodeCheckedLine(hasher, line));
}

/** Undefined if nothing was ever removed. Throws `damaged` and `format-mismatch`. */
export async function readBeginning({
  disk,
  folder,
  hasher,
}: Place): Promise<Beginning | undefined> {
  const path = `${folder}/${NAME}`;
  const bytes = await readWholeFile(disk, path);
  if (!bytes) return undefined;
  const line = decodeCheckedLine(hasher, bytes);
  if (line === undefined) throw damagedJournal(path, 0, 'it is not as it was written.');
  const { format, resets, first } = JSON.parse(line) as Beginning & { format: number };
  if (format > FORMAT) throw newerFormat(path, format);
  return { resets, first };
}
