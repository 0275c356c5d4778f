import type { Journal, OrderedMap, SnapshotStamp, Snapshots, StoreId } from '@holdfast/contracts';
import type { Clock } from '@holdfast/kernel';
import type { JournalCopy } from './journal-copy.ts';
import { ENGINE_LIMITS } from './limits.ts';
import type { MapKeeper } from './map-keeper.ts';
import { shipSnapshot } from './ship-snapshot.ts';
import { takeSnapshot } from './take-snapshot.ts';

export interface SnapshotPorts {
  readonly journal: Journal;
  readonly snapshots: Snapshots;
  readonly map: OrderedMap;
  readonly keeper: MapKeeper;
  readonly clock: Clock;
  readonly epoch: () => number;
  /** All copies that follow the journal, and the stores that are in view. */
  readonly copies: () => readonly JournalCopy[];
  readonly inView: () => readonly StoreId[];
  /** A snapshot is taken each time the journal has grown by so many bytes. */
  readonly bytes: number;
  /** Records that are kept before a snapshot, for copies that were away for a short time. */
  readonly marginRecords: number;
  readonly onTrouble: (store: StoreId, error: unknown) => void;
}

/**
 * Keeps the journal bounded, here and on the stores: takes a snapshot now and then, copies it to all
 * who follow, and only once it is on stable storage here and in all of the view lets the records go
 * that it stands for (§P11).
 */
export class SnapshotKeeper implements AsyncDisposable {
  readonly #ports: SnapshotPorts;
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  /** Somebody committed while a snapshot was taken, which may have been the last one for long. */
  #again = false;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(ports: SnapshotPorts) {
    this.#ports = ports;
  }

  /** To be called after commits: goes to work if there is reason to. */
  consider(): void {
    const { journal, snapshots, clock, bytes } = this.#ports;
    this.#again = this.#running !== undefined;
    if (this.#running || this.#stopped.signal.aborted) return;
    if (clock.monotonicMs() < this.#notBeforeMs) return;
    if (journal.bytesSince(snapshots.all.at(-1)?.base.number ?? 0) < bytes) return;
    this.#running = this.#run()
      .catch(() => {
        // It is tried again; until then the journal only takes more space.
        this.#notBeforeMs = clock.monotonicMs() + ENGINE_LIMITS.snapshotRetryMs;
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#again) this.consider();
      });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort(new Error('No snapshot is needed any more'));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { keeper, copies, inView } = this.#ports;
    const stamp = await takeSnapshot({ ...this.#ports, signal: this.#stopped.signal });
    // A start replays from where the map was persisted, and must find the records for that.
    await keeper.persist();
    const shipped = new Set<StoreId>();
    for (const copy of copies()) {
      if (await this.#ship(copy, stamp)) shipped.add(copy.store);
    }
    this.#stopped.signal.throwIfAborted();
    const view = inView();
    if (view.length > 0 && view.every((store) => shipped.has(store))) await this.#letGo(stamp);
  }

  async #ship(copy: JournalCopy, stamp: SnapshotStamp): Promise<boolean> {
    const { snapshots, epoch, onTrouble } = this.#ports;
    this.#stopped.signal.throwIfAborted();
    try {
      const keepFrom = this.#keepFrom(stamp);
      await shipSnapshot(copy, { snapshots, stamp, epoch: epoch(), keepFrom });
      return true;
    } catch (error) {
      onTrouble(copy.store, error);
      return false;
    }
  }

  async #letGo(stamp: SnapshotStamp): Promise<void> {
    const { journal, snapshots } = this.#ports;
    await journal.truncate(this.#keepFrom(stamp));
    await snapshots.forget(stamp.base.number);
  }

  #keepFrom({ base }: SnapshotStamp): number {
    return Math.max(1, base.number + 1 - this.#ports.marginRecords);
  }
}
