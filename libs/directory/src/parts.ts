import type { Hasher, TransactionRunner } from '@holdfast/contracts';
import type { Random } from '@holdfast/kernel';
import type { JournalHolders } from './engine/journal-holders.ts';
import type { PagesAhead } from './names/pages-ahead.ts';
import type { Pins } from './versions/pins.ts';

/** What the operations of the directory work with. */
export interface DirectoryParts {
  readonly runner: TransactionRunner;
  readonly random: Random;
  readonly hasher: Hasher;
  readonly pins: Pins;
  readonly journalHolders: () => JournalHolders;
  readonly pagesAhead: PagesAhead;
}
