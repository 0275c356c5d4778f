import type { WriteTransaction } from '@holdfast/contracts';
import type { Caller } from '../caller.ts';
import { COUNTERS, binCounter } from '../counters.ts';
import type { Path } from '../names/path.ts';
import { putPlace } from '../names/put-place.ts';
import { type Dentry, dentries } from '../tables/dentries.ts';
import { trash, trashAges, trashBins } from '../tables/trash.ts';

export interface Removed {
  readonly path: Path;
  readonly folder: string;
  readonly name: string;
  readonly dentry: Dentry;
}

/** Takes an entry's name away and puts the entry into the caller's trash; returns its id there. */
export async function moveToTrash(
  tx: WriteTransaction,
  { path, folder, name, dentry }: Removed,
  { user }: Caller,
): Promise<string> {
  const bin = (await tx.get(trashBins, user)) ?? 0;
  const deletedMs = Math.floor(tx.nowMs);
  const id = trashId(deletedMs, dentry.id);
  tx.delete(dentries, folder, name);
  tx.put(trash, { path: path.text, deletedMs, dentry }, user, bin, id);
  tx.put(trashAges, true, deletedMs, user, bin, id);
  await putPlace(tx, dentry, { in: 'trash', user, bin, id });
  tx.add(COUNTERS.trashEntries, 1);
  tx.add(binCounter(user, bin), 1);
  return id;
}

const TIME_DIGITS = 12;

/** Sorts the newest first, so that a listing is one range scan. */
function trashId(deletedMs: number, id: string): string {
  const reversed = 16 ** TIME_DIGITS - 1 - deletedMs;
  return `${reversed.toString(16).padStart(TIME_DIGITS, '0')}-${id}`;
}
