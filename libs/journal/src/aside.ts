import type { Hasher, QuarantinedJournal } from '@holdfast/contracts';
import { type JournalFolder, keepFolders } from './keep-folders.ts';
import { readQuarantined } from './quarantine.ts';

/** What was set aside, by the reasons for it. */
export interface Aside {
  readonly kept: readonly string[];
  readonly quarantined: readonly QuarantinedJournal[];
}

/** What was set aside before the journal was begun anew for the last time. */
export async function readAside(
  place: JournalFolder & { readonly hasher: Hasher },
): Promise<Aside> {
  return {
    kept: await keepFolders('set-aside', place),
    quarantined: await readQuarantined(place),
  };
}
