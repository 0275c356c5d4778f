import type { Entry } from '@holdfast/contracts';
import { DIRECTORY_LIMITS } from '../limits.ts';

/** What can be long in a row of a page. */
interface PageRow {
  readonly entry: Entry;
  readonly path?: string;
}

/**
 * As many rows as one answer carries (§P10), at least one if there are any. Names are so short that
 * a page of them always fits; paths and the targets of links need not be.
 */
export function fittingPage<R extends PageRow>(
  rows: readonly R[],
  limit: number,
): { readonly rows: readonly R[]; readonly more: boolean } {
  let chars = 0;
  let count = 0;
  for (const { entry, path } of rows.slice(0, limit)) {
    chars += jsonChars(path) + jsonChars(entry.target);
    if (count > 0 && chars > DIRECTORY_LIMITS.pagePathChars) break;
    count++;
  }
  return { rows: rows.slice(0, count), more: rows.length > count };
}

function jsonChars(text: string | undefined): number {
  return text === undefined ? 0 : JSON.stringify(text).length;
}
