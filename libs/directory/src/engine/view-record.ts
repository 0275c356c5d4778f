import {
  type AgreementState,
  HoldfastError,
  type OrderedMap,
  type RosterEntry,
  type View,
  directoryId,
  storeId,
} from '@holdfast/contracts';
import { fromUtf8, utf8 } from '@holdfast/kernel';
import { engineKey, engineText } from './keys.ts';
import { WriteSet } from './write-set.ts';

const FORMAT = 1;
const NAME = 'view';

/**
 * The commit that says which stores count from here on. The first one of an epoch is also what says
 * that the epoch began. With it every copy of the journal tells what is needed to rebuild from it.
 */
export function viewChanges({ directory, epoch, view, roster }: AgreementState): WriteSet {
  const changes = new WriteSet();
  changes.set(
    engineText(NAME),
    utf8(JSON.stringify({ format: FORMAT, directory, epoch, view, roster })),
  );
  return changes;
}

/** What the newest such commit in the map says. */
export async function readViewRecord(map: OrderedMap): Promise<AgreementState | undefined> {
  const bytes = await map.get(engineKey(NAME));
  if (!bytes) return undefined;
  const record = JSON.parse(fromUtf8(bytes)) as Stored;
  if (record.format !== FORMAT) {
    throw new HoldfastError(
      'format-mismatch',
      `The journal's view record is in format ${record.format}, this program reads format ` +
        `${FORMAT}. Start the program that wrote it.`,
    );
  }
  return {
    directory: directoryId.parse(record.directory),
    epoch: record.epoch,
    view: { number: record.view.number, stores: record.view.stores.map((s) => storeId.parse(s)) },
    roster: record.roster.map(({ store, name }) => ({ store: storeId.parse(store), name })),
  };
}

interface Stored {
  readonly format: number;
  readonly directory: string;
  readonly epoch: number;
  readonly view: View;
  readonly roster: readonly RosterEntry[];
}
