import {
  HoldfastError,
  type Journal,
  type JournalRecord,
  type Snapshots,
  type StoreId,
  lostTail,
  storeId,
} from '@holdfast/contracts';
import { type Deferred, assert, deferred } from '@holdfast/kernel';
import type { CopyStand, JournalCopy } from '../journal-copy.ts';
import { usableSnapshots } from '../usable-snapshots.ts';
import type { MemoryJournal } from './memory-journal.ts';
import { MemorySnapshots } from './memory-snapshots.ts';

/** So few that whoever reads must ask again. */
const READ_BYTES = 1_000;

/** A store's copy of the journal, which outlives the engines that write to it. */
export class TestStore<J extends Journal = MemoryJournal> {
  readonly store: StoreId;
  readonly name: string;
  /** As good as on its disk. */
  journal: J;
  snapshots: Snapshots = new MemorySnapshots();
  epoch = 0;
  /** How many messages it answered. */
  messages = 0;
  #broken: Error | undefined;
  #hanging: Deferred<void> | undefined;
  #connection = 0;
  #answersLost = false;
  #breaksAt = Number.POSITIVE_INFINITY;

  constructor(number: number, journal: J) {
    this.journal = journal;
    this.store = storeId.parse(number.toString(16).padStart(32, '0'));
    this.name = `server-${number}`;
  }

  /** Messages get no answer until `resume`. */
  hang(): void {
    this.#hanging ??= deferred();
  }

  /** The next append is carried out, but nobody hears of it. */
  loseAnswer(): void {
    this.#answersLost = true;
  }

  resume(): void {
    this.#hanging?.resolve();
    this.#hanging = undefined;
    this.#broken = undefined;
    this.#breaksAt = Number.POSITIVE_INFINITY;
  }

  /** Messages are refused until `resume`. */
  break(error: Error = new HoldfastError('disconnected', 'The connection is lost.')): void {
    this.#broken = error;
  }

  /** So many more messages are answered, and then none until `resume`. */
  breakAfter(messages: number): void {
    this.#breaksAt = this.messages + messages;
  }

  /** The copy as one engine reaches it; the copies of engines before get no answer any more. */
  connect(): JournalCopy {
    const connection = ++this.#connection;
    const arrive = async (): Promise<void> => {
      if (this.messages >= this.#breaksAt) this.break();
      if (this.#broken) throw this.#broken;
      await this.#hanging?.promise;
      if (connection !== this.#connection) await deferred().promise;
      this.messages++;
    };
    let order: Promise<void> = Promise.resolve();
    return {
      store: this.store,
      name: this.name,
      stand: async () => {
        await arrive();
        const [snapshot] = await usableSnapshots(this.snapshots, this.journal);
        const { tail } = this.journal;
        const lost = lostTail(this.journal);
        const { epoch } = this;
        return {
          tail,
          epoch,
          ...(snapshot && { snapshot }),
          ...(lost && { lost }),
        } satisfies CopyStand;
      },
      append: async (epoch, records) => {
        const before = order;
        const done = deferred();
        order = done.promise;
        await before;
        try {
          await arrive();
          await this.#append(epoch, records);
          if (this.#answersLost) {
            this.#answersLost = false;
            throw new HoldfastError('timeout', 'The answer was lost.');
          }
        } finally {
          done.resolve();
        }
      },
      begin: async (epoch, tail, options) => {
        await arrive();
        this.#obey(epoch);
        await this.journal.reset(tail, options);
      },
      beginSnapshot: async (epoch, base) => {
        await arrive();
        this.#obey(epoch);
        await this.snapshots.begin(base);
      },
      addPiece: async (epoch, index, piece) => {
        await arrive();
        this.#obey(epoch);
        await this.snapshots.add(index, piece);
      },
      finishSnapshot: async (epoch, stamp, keepFrom) => {
        await arrive();
        this.#obey(epoch);
        await this.snapshots.finish(stamp);
        const [newest] = await usableSnapshots(this.snapshots, this.journal);
        if (newest?.base.number !== stamp.base.number) return;
        await this.journal.truncate(keepFrom);
        if (keepFrom > 0) await this.snapshots.forget(stamp.base.number);
      },
      readPiece: async (stamp, index) => {
        await arrive();
        return await this.snapshots.read(stamp, index);
      },
      read: async (from) => {
        await arrive();
        return await this.journal.read(from, READ_BYTES);
      },
    };
  }

  async #append(epoch: number, records: readonly JournalRecord[]): Promise<void> {
    this.#obey(epoch);
    assert(records.length > 0, 'a message has records');
    await this.journal.append(records);
  }

  #obey(epoch: number): void {
    if (epoch < this.epoch) {
      throw new HoldfastError('stale-epoch', `Epoch ${epoch} is over since ${this.epoch}.`);
    }
    this.epoch = epoch;
  }
}
