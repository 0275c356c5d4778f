import { type CallContext, HoldfastError, type WriteOptions } from '@holdfast/contracts';
import { callerOf } from '../caller.ts';
import { referChunk } from '../copies/refer-chunk.ts';
import { retarget } from '../copies/set-placement.ts';
import { confirmedCopies } from '../copies/save-chunk.ts';
import type { CommittedWrite, Holder, SmallWrite } from '../directory.ts';
import { parsePath } from '../names/path.ts';
import type { DirectoryParts } from '../parts.ts';
import { admitHolders, validHolders } from '../stores/stores.ts';
import { contents } from '../tables/contents.ts';
import { files } from '../tables/files.ts';
import type { Body } from '../tables/version-record.ts';
import {
  checkVersion,
  isPlacedAnew,
  recordForWrite,
  requireChosenStores,
  resolveForWrite,
} from './write-target.ts';
import { installVersion, nextVersion } from './install-version.ts';

/** Commits a small file: three keys for a new one, and how far the stores of its chunk are. */
export async function writeSmall(
  { runner }: DirectoryParts,
  write: SmallWrite,
  context: CallContext,
): Promise<CommittedWrite> {
  const { options, file, chunk, inline } = write;
  const path = parsePath(options.path);
  const caller = callerOf(context);
  return await runner.transact(async (tx) => {
    const target = await resolveForWrite(tx, path, caller);
    checkVersion(target, options);
    const record = await recordForWrite(tx, target, write);
    const wanted = record.placement.stores;
    const content = `v${nextVersion(target)}`;
    let holders: readonly Holder[] | undefined;
    const valid = chunk ? await admitHolders(tx, chunk.holders) : [];
    const before = await tx.get(files, file);
    const placedAnew = before !== undefined && isPlacedAnew(before, options);
    if (!record.current || placedAnew) {
      await requireChosenStores(tx, target.path, { chosen: wanted, known: valid });
    }
    if (chunk) {
      requireCopies(options, confirmedCopies(valid));
      const all = await referChunk(tx, { ...chunk, file, content, holders: valid, wanted });
      // The same bytes may have been there before a disk was lost: that copy confirms nothing (§P1).
      holders = await validHolders(tx, all);
    }
    if (inline) tx.put(contents, inline.bytes, file, content);
    const complete = wanted.filter((store) => !holders || confirms(holders, store));
    const confirmed = holders ? confirmedCopies(holders) : wanted.length;
    const entry = await installVersion(tx, target, caller, {
      file,
      record,
      version: {
        sizeBytes: chunk?.length ?? inline?.bytes.length ?? 0,
        content,
        body: bodyOf(write),
        modifiedMs: options.modifiedMs,
      },
      mode: options.mode,
      confirmed: Math.min(confirmed, wanted.length),
    });
    if (placedAnew) await retarget(tx, file);
    const missing = wanted.filter((store) => !complete.includes(store));
    return { entry, holders: complete, missing, ...(inline && { inline: true as const }) };
  }, context.call);
}

function bodyOf({ chunk, inline }: SmallWrite): Body {
  if (chunk) return { kind: 'chunk', hash: chunk.hash, length: chunk.length };
  if (inline) return { kind: 'inline', hash: inline.hash, length: inline.bytes.length };
  return { kind: 'empty' };
}

function confirms(holders: readonly Holder[], store: string): boolean {
  return holders.some((holder) => holder.store === store && holder.confirmed);
}

/** A version that no store has for certain is never made visible (§P1). */
export function requireCopies({ path, require = 1 }: WriteOptions, confirmed: number): void {
  if (confirmed >= require) return;
  throw new HoldfastError(
    'too-few-copies',
    `Only ${confirmed} of ${require} required copies of ${path} are on stable storage, so nothing was changed. ` +
      'Try again when more servers are live, or require fewer copies.',
    { details: { path, confirmed, required: require } },
  );
}
