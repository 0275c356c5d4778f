import type { Agreement, Hasher, Journal, Snapshots } from '@holdfast/contracts';
import type { SnapshotKeeper } from './snapshot-keeper.ts';
import { verifyJournal } from './verify-journal.ts';
import { verifySnapshots } from './verify-snapshots.ts';

/** What going over the directory on the frontend's own disk has found. */
export interface DirectoryFindings {
  /** What was damaged, each as a sentence. */
  readonly damage: readonly string[];
  /** How much of that is whole again. */
  readonly repaired: number;
}

export interface ScrubPorts {
  readonly agreement: Agreement;
  readonly journal: Journal;
  readonly snapshots: Snapshots;
  readonly hasher: Hasher;
  readonly keeper: SnapshotKeeper;
  /** Resolves once the map, which is not what it should be, was made anew. */
  readonly rebuilt: () => Promise<void>;
  /** Told of each step, and may take its time. */
  readonly onRead: (bytes: number) => Promise<void>;
}

/**
 * Re-reads agreement, journal, snapshots and map (§P2, §P6). The agreement is written anew from memory, and
 * the map from journal and snapshots. Where one of these is damaged a new snapshot is taken of the map,
 * which was compared with what the stores have, and stands for the damaged part; so nothing goes that is
 * not in two other places (§P11).
 */
export async function scrubDirectory(ports: ScrubPorts): Promise<DirectoryFindings> {
  const { agreement, journal, snapshots, keeper } = ports;
  const before = journal.tail.number;
  const damage: string[] = [];
  let repaired = 0;
  const inAgreement = await agreement.mend();
  if (inAgreement !== undefined) {
    damage.push(inAgreement);
    repaired++;
  }
  const inJournal = await verifyJournal(journal, ports.hasher, ports.onRead);
  const inSnapshots = await verifySnapshots(snapshots, ports.onRead);
  const inMap = await keeper.compare(ports.onRead);
  if (inMap) {
    damage.push(inMap.message);
    await ports.rebuilt();
    repaired++;
  }
  if (inJournal === undefined && inSnapshots.length === 0) return { damage, repaired };
  if (inJournal !== undefined) damage.push(inJournal);
  damage.push(...inSnapshots.map(({ damage: what }) => what));
  await keeper.renew();
  if (inJournal !== undefined && journal.first > before) repaired++;
  const left = new Set(snapshots.all);
  repaired += inSnapshots.filter(({ stamp }) => !left.has(stamp)).length;
  return { damage, repaired };
}
