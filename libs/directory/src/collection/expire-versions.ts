import type { ReadTransaction, WriteTransaction } from '@holdfast/contracts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import type { DirectoryParts } from '../parts.ts';
import { superseded } from '../tables/versions.ts';
import { dropVersion } from './drop-version.ts';

interface Superseded {
  readonly at: number;
  readonly file: string;
  readonly version: number;
}

/** Gives up old versions whose time is over and that nobody reads. True if there may be more. */
export async function expireVersions(
  { runner, pins }: DirectoryParts,
  trashMs: number,
): Promise<boolean> {
  for (let after: Superseded | undefined, full = true; full;) {
    const from = after;
    const due = await runner.query((tx) => expired(tx, trashMs, from));
    using claim = pins.claim(due);
    full = due.length === DIRECTORY_LIMITS.reapRows;
    after = due.at(-1);
    // Only what is being read is expired: there may be more behind it.
    if (claim.free.length === 0) continue;
    const drop = (tx: WriteTransaction): Promise<void> => dropAll(tx, claim.free);
    await runner.transact(drop, undefined, { frees: true });
    return full;
  }
  return false;
}

async function expired(
  tx: ReadTransaction,
  trashMs: number,
  after: Superseded | undefined,
): Promise<Superseded[]> {
  const rows = await tx.range(superseded, {
    prefix: [],
    limit: DIRECTORY_LIMITS.reapRows,
    ...(after && { after: [after.at, after.file, after.version] as const }),
  });
  return rows
    .map(({ key: [at, file, version] }) => ({ at, file, version }))
    .filter(({ at }) => at + trashMs <= tx.nowMs);
}

async function dropAll(tx: WriteTransaction, due: readonly Superseded[]): Promise<void> {
  for (const { at, file, version } of due) {
    tx.delete(superseded, at, file, version);
    await dropVersion(tx, { file, version });
  }
}
