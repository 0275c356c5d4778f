import {
  type Hasher,
  HoldfastError,
  type Journal,
  type JournalRecord,
  type JournalTail,
  type SnapshotStamp,
  type Snapshots,
  continuesChain,
  decodeRecords,
  tailOf,
} from '@holdfast/contracts';
import { type ByteParts, Semaphore, equalBytes, fromHex, joinParts } from '@holdfast/kernel';

export interface JournalKeeperPorts {
  readonly journal: Journal;
  readonly snapshots: Snapshots;
  readonly hasher: Hasher;
}

export interface JournalReset {
  readonly number: number;
  /** Hash and epoch of the record of that number. */
  readonly previous: string;
  readonly previousEpoch: number;
  readonly keep: boolean;
}

/**
 * A store's copy of the directory's journal. It takes only records that continue its chain, so a
 * copy is always a prefix of what some coordinator wrote.
 */
export class JournalKeeper {
  readonly #journal: Journal;
  readonly #snapshots: Snapshots;
  readonly #hasher: Hasher;
  /** What the copy will end with once the appends that are under way are on stable storage. */
  #expected: JournalTail;
  /** Appends are checked one after the other; only their syncs overlap. */
  readonly #order = new Semaphore(1);

  readonly #snapshotSteps = new Semaphore(1);

  constructor({ journal, snapshots, hasher }: JournalKeeperPorts) {
    this.#journal = journal;
    this.#snapshots = snapshots;
    this.#hasher = hasher;
    this.#expected = journal.tail;
  }

  /** The newest snapshot that the copy continues and makes whole. */
  async usableSnapshot(): Promise<SnapshotStamp | undefined> {
    for (const stamp of this.#snapshots.all.toReversed()) {
      if (stamp.upTo > this.#journal.tail.number) continue;
      const hash = await this.#journal.hashOf(stamp.base.number);
      if (hash && equalBytes(hash, stamp.base.hash)) return stamp;
    }
    return undefined;
  }

  beginSnapshot(base: JournalTail): Promise<void> {
    return this.#snapshotSteps.run(() => this.#snapshots.begin(base));
  }

  addPiece(index: number, piece: ByteParts): Promise<void> {
    return this.#snapshotSteps.run(() => this.#snapshots.add(index, joinParts(piece)));
  }

  /** Once it stands for them, older snapshots and records before `keepFrom` go. */
  finishSnapshot(stamp: SnapshotStamp, keepFrom: number): Promise<void> {
    return this.#snapshotSteps.run(async () => {
      await this.#snapshots.finish(stamp);
      const usable = await this.usableSnapshot();
      if (keepFrom === 0 || usable?.base.number !== stamp.base.number) return;
      await this.#journal.truncate(keepFrom);
      await this.#snapshots.forget(stamp.base.number);
    });
  }

  async readPiece(stamp: SnapshotStamp, index: number): Promise<Uint8Array> {
    return await this.#snapshots.read(stamp, index);
  }

  /** Resolves with the number of the last record given, when all are on stable storage. */
  async append(content: ByteParts): Promise<number> {
    const records = decodeRecords(joinParts(content));
    const appended = await this.#order.run(async () => {
      const fresh = await this.#withoutKnown(records);
      for (const record of fresh) this.#advance(record);
      return { durable: this.#journal.append(fresh) };
    });
    try {
      await appended.durable;
    } catch (error) {
      this.#expected = this.#journal.tail;
      throw error;
    }
    return records.at(-1)?.number ?? this.#expected.number;
  }

  /** Begins the copy anew after a record; with `keep` what there was is set aside. */
  async reset(to: JournalReset): Promise<void> {
    const tail = { epoch: to.previousEpoch, number: to.number, hash: fromHex(to.previous) };
    await this.#order.run(async () => {
      await this.#journal.reset(tail, { keep: to.keep });
      this.#expected = tail;
    });
  }

  /** Where changes are that a rebuild gave up, if there are any. */
  get setAside(): string | undefined {
    return this.#journal.kept.at(-1);
  }

  /** Where the copy is that was damaged last, if there was one. */
  get quarantined(): string | undefined {
    return this.#journal.quarantined.at(-1)?.folder;
  }

  /** A repeated batch begins with records that are there already; they must be the same ones. */
  async #withoutKnown(records: readonly JournalRecord[]): Promise<readonly JournalRecord[]> {
    const known = records.filter((record) => record.number <= this.#expected.number);
    for (const record of known) {
      const hash = await this.#journal.hashOf(record.number);
      if (hash && !equalBytes(hash, record.hash)) throw forked(record.number);
    }
    return records.slice(known.length);
  }

  #advance(record: JournalRecord): void {
    if (!continuesChain(this.#hasher, this.#expected, record)) throw forked(record.number);
    this.#expected = tailOf(record);
  }
}

function forked(number: number): HoldfastError {
  return new HoldfastError(
    'store-ahead',
    `Journal record ${number} does not continue this store's copy of the directory's journal.`,
  );
}
