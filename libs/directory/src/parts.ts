import type { Hasher, StoreId, TransactionRunner } from '@holdfast/contracts';
import type { Random } from '@holdfast/kernel';
import type { PagesAhead } from './names/pages-ahead.ts';
import type { Pins } from './versions/pins.ts';

/** What the operations of the directory work with. */
export interface DirectoryParts {
  readonly runner: TransactionRunner;
  readonly random: Random;
  readonly hasher: Hasher;
  readonly pins: Pins;
  readonly inView: () => readonly StoreId[];
  readonly pagesAhead: PagesAhead;
}
