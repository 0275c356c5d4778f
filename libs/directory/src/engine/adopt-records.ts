import {
  type Hasher,
  HoldfastError,
  type Journal,
  type JournalRecord,
  type Snapshots,
  continuesChain,
  isHoldfastError,
  tailOf,
} from '@holdfast/contracts';
import type { JournalCopy } from './journal-copy.ts';
import type { MapKeeper } from './map-keeper.ts';

export interface AdoptPorts {
  readonly journal: Journal;
  readonly snapshots?: Snapshots | undefined;
  readonly hasher: Hasher;
  readonly keeper: MapKeeper;
}

/**
 * Takes over into the local journal, and the map, what a copy has beyond it: records, each of which is
 * checked to continue the chain, or where the copy begins later, its snapshot first.
 */
export async function adoptRecords(copy: JournalCopy, ports: AdoptPorts): Promise<void> {
  const { journal, hasher, keeper } = ports;
  let records = await readOrBridge(copy, ports);
  let { tail } = journal;
  for (; records.length > 0; records = await copy.read(tail.number + 1)) {
    for (const record of records) {
      if (!continuesChain(hasher, tail, record)) {
        throw new HoldfastError(
          'damaged',
          `Record ${record.number} of the journal's copy on ${copy.name} does not continue the ` +
            'chain. Check the disk of that server.',
        );
      }
      tail = tailOf(record);
    }
    await journal.append(records);
    await keeper.append(records);
  }
}

/** The records that follow ours; where there are none such any more, those behind the snapshot. */
async function readOrBridge(copy: JournalCopy, ports: AdoptPorts): Promise<JournalRecord[]> {
  const { journal } = ports;
  try {
    return await copy.read(journal.tail.number + 1);
  } catch (error) {
    if (!isHoldfastError(error, 'not-found')) throw error;
    await adoptSnapshot(copy, ports);
    return await copy.read(journal.tail.number + 1);
  }
}

/** The snapshot is on stable storage here before our own journal gives way to it. */
async function adoptSnapshot(copy: JournalCopy, ports: AdoptPorts): Promise<void> {
  const { journal, snapshots, keeper } = ports;
  const { snapshot } = await copy.stand();
  if (!snapshot || !snapshots) {
    throw new HoldfastError(
      'damaged',
      `The journal's copy on ${copy.name} lacks its beginning, and has no snapshot that stands for ` +
        'it. Use another one.',
    );
  }
  await snapshots.begin(snapshot.base);
  for (let index = 0; index < snapshot.pieces; index++) {
    await snapshots.add(index, await copy.readPiece(snapshot, index));
  }
  await snapshots.finish(snapshot);
  await journal.reset(snapshot.base, { keep: journal.tail.number > 0 });
  await keeper.beginFrom(snapshot);
}
