import type { Agreement, OrderedMap, Table } from '@holdfast/contracts';
import { type Clock, fromUtf8, utf8 } from '@holdfast/kernel';
import type { Engine } from '../engine.ts';
import { openEngine } from '../open-engine.ts';
import { countingRandom } from './counting-random.ts';
import { MemoryAgreement } from './memory-agreement.ts';
import { MemoryJournal } from './memory-journal.ts';
import { MemorySnapshots } from './memory-snapshots.ts';
import { plainHasher } from './plain-hasher.ts';
import { SmallMap } from './small-map.ts';
import { TestStore } from './test-store.ts';

/** Texts under names, the table of all tests here. */
export const texts: Table<readonly [name: string], string> = {
  name: 'texts',
  number: 1,
  encode: utf8,
  decode: fromUtf8,
};

/** A clock that a test moves. */
export interface SceneClock extends Clock {
  settle(): Promise<void>;
  run<T>(work: Promise<T>): Promise<T>;
}

/** A frontend's disk, its stores and the time, to start and crash engines in. */
export class EngineScene<C extends SceneClock> {
  readonly clock: C;
  readonly stores: readonly TestStore[];
  journal: MemoryJournal = new MemoryJournal(plainHasher);
  map: OrderedMap = new SmallMap();
  snapshots: MemorySnapshots = new MemorySnapshots();
  snapshotBytes: number = 1_000_000;
  snapshotMarginRecords: number = 100;
  agreement: Agreement = new MemoryAgreement();
  persistBytes: number = 1_000_000;
  restored = false;
  readonly dropped: string[] = [];
  readonly troubles: unknown[] = [];

  constructor(clock: C, stores = 3) {
    this.clock = clock;
    this.stores = Array.from(
      { length: stores },
      (_, i) => new TestStore(i + 1, new MemoryJournal(plainHasher)),
    );
  }

  store(number: number): TestStore {
    const store = this.stores[number - 1];
    if (!store) throw new RangeError(`There is no store ${number}`);
    return store;
  }

  /** Opens an engine; no store has joined yet. */
  async open(): Promise<Engine> {
    return await openEngine({
      journal: this.journal,
      map: this.map,
      snapshots: this.snapshots,
      restored: this.restored,
      snapshotBytes: this.snapshotBytes,
      snapshotMarginRecords: this.snapshotMarginRecords,
      agreement: this.agreement,
      hasher: plainHasher,
      clock: this.clock,
      persistBytes: this.persistBytes,
      random: countingRandom(),
      onDropped: (store, why) =>
        this.dropped.push(`${this.stores.find((s) => s.store === store)?.name}: ${why}`),
      onTrouble: (_, error) => this.troubles.push(error),
    });
  }

  /** Opens an engine and lets all stores join. */
  async start(stores: readonly TestStore[] = this.stores): Promise<Engine> {
    const engine = await this.open();
    await this.join(engine, stores);
    return engine;
  }

  async join(engine: Engine, stores: readonly TestStore[]): Promise<void> {
    for (const store of stores) await this.clock.run(engine.joinView(store.connect()));
    await this.clock.run(Promise.resolve());
  }

  /** What kill -9 of the frontend leaves; `map` says what is left of the map. */
  async crash(map: OrderedMap = this.map): Promise<void> {
    this.journal = this.journal.reopened();
    this.map = map;
    this.agreement = new MemoryAgreement(await this.agreement.read());
    for (const store of this.stores) store.connect();
  }
}

export async function put(engine: Engine, name: string, text: string): Promise<void> {
  await engine.transact(async (tx) => tx.put(texts, text, name));
}

export async function get(engine: Engine, name: string): Promise<string | undefined> {
  return await engine.query((tx) => tx.get(texts, name));
}
