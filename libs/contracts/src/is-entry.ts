import { hexPattern, ID_BYTES, MOST_MODE, USER_NAME } from './patterns.ts';
import type { Entry, EntryKind } from './values.ts';

const ID: RegExp = hexPattern(ID_BYTES);
const KINDS: Readonly<Record<EntryKind, true>> = { file: true, folder: true, link: true };

type Members<T> = { readonly [N in keyof T]?: unknown };

/** Whether a value is as the schema `entry` says, which takes several times as long to tell. */
export function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const entry = value as Members<Entry>;
  return (
    typeof entry.name === 'string' &&
    typeof entry.kind === 'string' &&
    Object.hasOwn(KINDS, entry.kind) &&
    isMatch(ID, entry.id) &&
    isCount(entry.sizeBytes) &&
    isCount(entry.version) &&
    isCount(entry.mode) &&
    entry.mode <= MOST_MODE &&
    Number.isFinite(entry.modifiedMs) &&
    Number.isFinite(entry.committedMs) &&
    isMatch(USER_NAME, entry.owner) &&
    isCopyState(entry.copies) &&
    (entry.target === undefined || typeof entry.target === 'string')
  );
}

function isCopyState(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { wanted, confirmed } = value as Members<Entry['copies']>;
  return isCount(wanted) && isCount(confirmed);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isMatch(pattern: RegExp, value: unknown): boolean {
  return typeof value === 'string' && pattern.test(value);
}
