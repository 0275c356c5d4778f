import {
  type HoldfastError,
  type Journal,
  type OrderedMap,
  type SnapshotStamp,
  type Snapshots,
  type StoreId,
  isHoldfastError,
} from '@holdfast/contracts';
import { type Clock, sleep } from '@holdfast/kernel';
import type { JournalCopy } from './journal-copy.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { MapComparison, mapDamage } from './map-comparison.ts';
import type { MapKeeper } from './map-keeper.ts';
import { shipSnapshot } from './ship-snapshot.ts';
import type { JournalSource } from './records-between.ts';
import type { PieceSource } from './snapshot-entries.ts';
import { takeSnapshot } from './take-snapshot.ts';
import { usableSnapshots } from './usable-snapshots.ts';
import { walkMap } from './walk-map.ts';

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
  /** A snapshot is taken when the journal has grown by so many bytes, or by a share of the last one. */
  readonly bytes: number;
  /** Records that are kept before a snapshot, for copies that were away for a short time. */
  readonly marginRecords: number;
  readonly onTrouble: (store: StoreId, error: unknown) => void;
  /** Journal and snapshots as far as they can be read, here or on a store. */
  readonly sources: { readonly journal: JournalSource; readonly pieces: PieceSource };
  /** The map is not what the journal says. */
  readonly onMapDamage: (damage: HoldfastError) => void;
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
  #comparing: AbortController | undefined;
  /** Somebody committed while a snapshot was taken, which may have been the last one for long. */
  #again = false;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(ports: SnapshotPorts) {
    this.#ports = ports;
  }

  /** To be called after commits: goes to work if there is reason to. */
  consider(): void {
    const { journal, snapshots, clock } = this.#ports;
    this.#again = this.#running !== undefined;
    if (this.#running || this.#stopped.signal.aborted) return;
    if (clock.monotonicMs() < this.#notBeforeMs) return;
    const last = snapshots.all.at(-1);
    if (journal.bytesSince(last?.base.number ?? 0) < this.#dueBytes(last)) return;
    // It compares the map as well.
    if (this.#comparing) return this.#comparing.abort();
    this.#running = this.#run(this.#ports.marginRecords)
      .catch((error: unknown) => {
        // It is tried again; until then the journal only takes more space.
        this.#notBeforeMs = clock.monotonicMs() + ENGINE_LIMITS.snapshotRetryMs;
        if (isHoldfastError(error, 'damaged')) this.#ports.onMapDamage(error);
      })
      .finally(() => {
        this.#running = undefined;
        if (this.#again) this.consider();
      });
  }

  /**
   * Compares the whole map with what journal and snapshot say, and tells `onMapDamage`. Resolves with
   * what was wrong. A snapshot that becomes due goes first, and has then compared it all.
   */
  async compare(onRead: (bytes: number) => Promise<void>): Promise<HoldfastError | undefined> {
    await this.#running;
    const stop = new AbortController();
    this.#comparing = stop;
    try {
      const wrong = await this.#compareAll(stop.signal, onRead).catch(orDamage);
      if (wrong) this.#ports.onMapDamage(wrong);
      return wrong;
    } catch (error) {
      if (!stop.signal.aborted || this.#stopped.signal.aborted) throw error;
      return undefined;
    } finally {
      this.#comparing = undefined;
      this.consider();
    }
  }

  /**
   * Takes a snapshot, and lets all records go that it stands for, wherever that is possible: with
   * them goes whatever is damaged in older files.
   */
  async renew(): Promise<void> {
    while (this.#running) await this.#running;
    this.#running = this.#renew().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Of journal since the `last` snapshot, of which the last piece may be of any size. */
  #dueBytes(last: SnapshotStamp | undefined): number {
    const wholePieces = Math.max(0, (last?.pieces ?? 0) - 1);
    const { snapshotShare, snapshotPieceBytes } = ENGINE_LIMITS;
    return Math.max(this.#ports.bytes, snapshotShare * wholePieces * snapshotPieceBytes);
  }

  async #renew(): Promise<void> {
    const { journal, keeper, clock } = this.#ports;
    const { signal } = this.#stopped;
    const before = journal.tail.number;
    await journal.roll();
    while (keeper.number < before) await sleep(clock, ENGINE_LIMITS.snapshotRestMs, signal);
    await this.#run(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort(new Error('No snapshot is needed any more'));
    this.#comparing?.abort();
    await this.#running?.catch(() => {});
  }

  async #compareAll(
    signal: AbortSignal,
    onRead: (bytes: number) => Promise<void>,
  ): Promise<HoldfastError | undefined> {
    const { map, keeper, clock } = this.#ports;
    const { timesBegun } = keeper;
    const comparison = await this.#comparison(async (bytes) => {
      signal.throwIfAborted();
      await onRead(bytes);
    });
    for await (const page of walkMap(map, keeper)) {
      signal.throwIfAborted();
      this.#stopped.signal.throwIfAborted();
      const wrong = await comparison.check(page);
      if (keeper.timesBegun !== timesBegun) return undefined;
      if (wrong !== undefined) return mapDamage(wrong);
      const bytes = page.entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
      await onRead(bytes);
      await sleep(clock, ENGINE_LIMITS.snapshotRestMs, signal);
    }
    return undefined;
  }

  async #comparison(onRead: (bytes: number) => Promise<void>): Promise<MapComparison> {
    const { snapshots, sources } = this.#ports;
    const [stamp] = await usableSnapshots(snapshots, sources.journal);
    return new MapComparison({ ...sources, stamp, onRead });
  }

  async #run(marginRecords: number): Promise<void> {
    const { keeper, clock, copies, inView } = this.#ports;
    const { signal } = this.#stopped;
    const comparison = await this.#comparison(() =>
      sleep(clock, ENGINE_LIMITS.snapshotRestMs, signal),
    );
    const stamp = await takeSnapshot({ ...this.#ports, comparison, signal });
    const keepFrom = Math.max(1, stamp.base.number + 1 - marginRecords);
    // A start replays from where the map was persisted, and must find the records for that.
    await keeper.persist();
    const shipped = new Set<StoreId>();
    for (const copy of copies()) {
      if (await this.#ship(copy, stamp, keepFrom)) shipped.add(copy.store);
    }
    this.#stopped.signal.throwIfAborted();
    const view = inView();
    if (view.length > 0 && view.every((store) => shipped.has(store))) {
      await this.#letGo(stamp, keepFrom);
    }
  }

  async #ship(copy: JournalCopy, stamp: SnapshotStamp, keepFrom: number): Promise<boolean> {
    const { snapshots, epoch, onTrouble } = this.#ports;
    this.#stopped.signal.throwIfAborted();
    try {
      await shipSnapshot(copy, { snapshots, stamp, epoch: epoch(), keepFrom });
      return true;
    } catch (error) {
      onTrouble(copy.store, error);
      return false;
    }
  }

  async #letGo(stamp: SnapshotStamp, keepFrom: number): Promise<void> {
    const { journal, snapshots } = this.#ports;
    await journal.truncate(keepFrom);
    await snapshots.forget(stamp.base.number);
  }
}

/** A page with a damaged value cannot even be read. */
function orDamage(error: unknown): HoldfastError {
  if (isHoldfastError(error, 'damaged')) return error;
  throw error;
}
