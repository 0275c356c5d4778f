import {
  type CallNumber,
  type Journal,
  type Snapshots,
  isHoldfastError,
} from '@holdfast/contracts';
import { localAgreement } from '@holdfast/host';
import { openJournal, openSnapshots } from '@holdfast/journal';
import { sleep } from '@holdfast/kernel';
import {
  type SeededRandom,
  type SimulatedClock,
  type SimulatedDisk,
  seededRandom,
  simulatedClock,
  simulatedDisk,
} from '@holdfast/testkit';
import { expect, test } from 'vitest';
import type { Engine } from './engine.ts';
import { openEngine } from './open-engine.ts';
import { EngineScene, texts } from './testing/engine-scene.ts';
import { ForgetfulMap } from './testing/forgetful-map.ts';
import { plainHasher } from './testing/plain-hasher.ts';
import { TestStore } from './testing/test-store.ts';

const SEEDS = 30;
const WORKERS = 6;
const CALLS_EACH = 40;
const KEYS = ['a', 'b', 'c', 'd'];
const PAUSE_MS = 50;
/** A dozen commits. */
const PERSIST_BYTES = 2_000;
/** A few of the smallest writes to a disk. */
const SNAPSHOT_BYTES = 12_000;
const SEGMENT_BYTES = 16_384;

/** The machines of a cluster, whose frontend and stores can lose their power. */
interface World {
  readonly clock: SimulatedClock;
  readonly random: SeededRandom;
  readonly stores: readonly TestStore<Journal>[];
  readonly dropped: readonly string[];
  open(): Promise<Engine>;
  /** The frontend loses its power, and gets it back. */
  crash(): Promise<void>;
  /** A store does. */
  crashStore(store: TestStore<Journal>): Promise<void>;
}

/** What struck, over all seeds: a test of faults that never struck would show nothing. */
const struck = {
  crashes: 0,
  lostBatches: 0,
  drops: 0,
  repeats: 0,
  storeCrashes: 0,
  snapshots: 0,
  truncations: 0,
};

test(`over ${SEEDS} seeds of crashes and lost stores, each acknowledged call counts exactly once`, async () => {
  await runSeeds(async (seed) => new MemoryWorld(seed));
  expect(struck.lostBatches).toBeGreaterThan(SEEDS);
});

test(`and so it does with journals on disks that forget what was not synced`, async () => {
  await runSeeds((seed) => DiskWorld.make(seed));
  expect(struck.storeCrashes).toBeGreaterThan(SEEDS);
  expect(struck.snapshots).toBeGreaterThan(SEEDS);
  expect(struck.truncations).toBeGreaterThan(SEEDS / 2);
});

async function runSeeds(make: (seed: number) => Promise<World>): Promise<void> {
  for (const fault of Object.keys(struck)) struck[fault as keyof typeof struck] = 0;
  for (let seed = 1; seed <= SEEDS; seed++) {
    await new Workload(await make(seed)).run().catch((error: unknown) => {
      throw new Error(`Seed ${seed} failed`, { cause: error });
    });
  }
  expect(struck.crashes).toBeGreaterThan(SEEDS);
  expect(struck.drops).toBeGreaterThan(0);
  expect(struck.repeats).toBeGreaterThan(SEEDS);
}

class Workload {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #clock: SimulatedClock;
  /** The highest value that anybody was told of, by key. */
  readonly #told = new Map<string, number>();
  #engine: Engine | undefined;
  #done = 0;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random;
    this.#clock = world.clock;
  }

  async run(): Promise<void> {
    await this.#clock.run(this.#restart());
    const workers = Array.from({ length: WORKERS }, (_, i) => this.#work(`session-${i}`));
    await this.#clock.run(Promise.all([...workers, this.#faults()]));
    await this.#clock.run(this.#check());
    struck.drops += this.#world.dropped.length;
  }

  /** Makes numbered calls, each again until it is answered. */
  async #work(session: string): Promise<void> {
    for (let number = 1; number <= CALLS_EACH; number++) {
      const key = this.#random.pick(KEYS);
      const value = await this.#untilAnswered({ session, number, answeredBelow: number }, key);
      this.#told.set(key, Math.max(value, this.#told.get(key) ?? 0));
      await this.#look();
      await sleep(this.#clock, this.#random.integer(2 * PAUSE_MS));
    }
    this.#done++;
  }

  async #untilAnswered(call: CallNumber, key: string): Promise<number> {
    for (;;) {
      const engine = this.#engine;
      // The answer of an engine that crashed reaches nobody.
      const answer = engine && (await this.#orCrash(engine, increment(engine, key, call)));
      if (answer !== undefined && engine === this.#engine) return answer;
      struck.repeats++;
      await sleep(this.#clock, PAUSE_MS);
    }
  }

  /** Undefined if the work failed for now, or its engine is gone. */
  async #orCrash<T>(engine: Engine, work: Promise<T>): Promise<T | undefined> {
    let settled = false;
    const outcome = work
      .catch((error: unknown) => {
        if (!isHoldfastError(error, 'unavailable', 'read-only')) throw error;
        return undefined;
      })
      .finally(() => (settled = true));
    while (!settled && engine === this.#engine) {
      await Promise.race([outcome, sleep(this.#clock, PAUSE_MS)]);
    }
    return settled ? await outcome : undefined;
  }

  /** What was told is never unsaid (§P3). */
  async #look(): Promise<void> {
    const engine = this.#engine;
    if (!engine) return;
    const expected = new Map(this.#told);
    const seen = await this.#orCrash(engine, valuesOf(engine));
    if (!seen || engine !== this.#engine) return;
    for (const [key, value] of expected) expect(seen.get(key)).toBeGreaterThanOrEqual(value);
  }

  async #faults(): Promise<void> {
    while (this.#done < WORKERS) {
      await sleep(this.#clock, this.#random.integer(40 * PAUSE_MS));
      const store = this.#random.pick(this.#world.stores);
      const choice = this.#random.fraction();
      if (choice < 0.25) await this.#crash();
      else if (choice < 0.55) this.#lose(store, () => store.hang());
      else if (choice < 0.8) this.#lose(store, () => store.break());
      else await this.#crashStore(store);
    }
    for (const store of this.#world.stores) store.resume();
  }

  /** Takes a store away for a while; then it registers anew. */
  #lose(store: TestStore<Journal>, how: () => void): void {
    how();
    this.#clock.schedule(this.#random.integer(20_000), () => {
      store.resume();
      this.#register(store);
    });
  }

  #register(store: TestStore<Journal>): void {
    const engine = this.#engine;
    engine?.joinView(store.connect()).catch(() => {
      this.#clock.schedule(PAUSE_MS, () => engine === this.#engine && this.#register(store));
    });
  }

  async #crash(): Promise<void> {
    struck.crashes++;
    this.#engine = undefined;
    await this.#world.crash();
    await sleep(this.#clock, this.#random.integer(4 * PAUSE_MS));
    await this.#restart();
  }

  async #crashStore(store: TestStore<Journal>): Promise<void> {
    struck.storeCrashes++;
    await this.#world.crashStore(store);
    this.#register(store);
  }

  async #restart(): Promise<void> {
    this.#engine = await this.#world.open();
    for (const store of this.#world.stores) this.#register(store);
  }

  async #check(): Promise<void> {
    const engine = this.#engine;
    expect(engine).toBeDefined();
    if (!engine) return;
    while (engine.status.state !== 'serving') await sleep(this.#clock, PAUSE_MS);
    const values = await valuesOf(engine);
    const sum = [...values.values()].reduce((total, value) => total + value, 0);
    expect(sum).toBe(WORKERS * CALLS_EACH);
    expect(await engine.query((tx) => tx.counter('calls'))).toBe(WORKERS * CALLS_EACH);
  }
}

/** What a power cut leaves of the map, which now and then is nothing at all. */
async function mapAfterPowerCut(map: ForgetfulMap, random: SeededRandom): Promise<ForgetfulMap> {
  if (random.chance(0.2)) return new ForgetfulMap();
  const left = await map.afterPowerCut(() => random.chance(0.5));
  struck.lostBatches += map.unpersisted - left.unpersisted;
  return left;
}

/** Journals in memory, that lose nothing. */
class MemoryWorld extends EngineScene<SimulatedClock> implements World {
  readonly random: SeededRandom;
  override map: ForgetfulMap = new ForgetfulMap();
  override persistBytes = PERSIST_BYTES;
  override snapshotBytes = 4_000;
  override snapshotMarginRecords = 3;

  constructor(seed: number) {
    super(simulatedClock());
    this.random = seededRandom(seed);
  }

  override async crash(): Promise<void> {
    await super.crash(await mapAfterPowerCut(this.map, this.random));
  }

  async crashStore(): Promise<void> {}
}

/** Journals and agreement on disks that lose any part of what was not synced. */
class DiskWorld implements World {
  readonly clock: SimulatedClock = simulatedClock();
  readonly random: SeededRandom;
  readonly stores: TestStore<Journal>[] = [];
  readonly dropped: string[] = [];
  readonly #machines: SimulatedDisk[];
  #map = new ForgetfulMap();

  static async make(seed: number): Promise<World> {
    const world = new DiskWorld(seed);
    for (let number = 1; number <= 3; number++) {
      const journal = await world.clock.run(world.#journal(number));
      const store = new TestStore(number, journal);
      store.snapshots = await world.clock.run(world.#snapshots(number));
      world.stores.push(store);
    }
    return world;
  }

  constructor(seed: number) {
    this.random = seededRandom(`disks ${seed}`);
    this.#machines = Array.from({ length: 4 }, (_, i) =>
      simulatedDisk({ clock: this.clock, random: this.random.fork(`machine ${i}`) }),
    );
  }

  async open(): Promise<Engine> {
    const journal = await this.#journal(0);
    const snapshots = await this.#snapshots(0);
    struck.snapshots += snapshots.all.length;
    struck.truncations += journal.first > 1 ? 1 : 0;
    return await openEngine({
      journal,
      snapshots,
      snapshotBytes: SNAPSHOT_BYTES,
      snapshotMarginRecords: 3,
      map: this.#map,
      agreement: localAgreement(this.#machine(0).mount(), 'frontend/agreement.json', plainHasher),
      hasher: plainHasher,
      clock: this.clock,
      random: this.random.fork('engine'),
      persistBytes: PERSIST_BYTES,
      onDropped: (_, why) => this.dropped.push(why),
    });
  }

  async crash(): Promise<void> {
    this.#machine(0).crash();
    this.#map = await mapAfterPowerCut(this.#map, this.random);
    for (const store of this.stores) store.connect();
  }

  async crashStore(store: TestStore<Journal>): Promise<void> {
    const number = this.stores.indexOf(store) + 1;
    store.connect();
    this.#machine(number).crash();
    store.journal = await this.#journal(number);
    store.snapshots = await this.#snapshots(number);
  }

  #machine(number: number): SimulatedDisk {
    const machine = this.#machines[number];
    if (!machine) throw new RangeError(`There is no machine ${number}`);
    return machine;
  }

  #snapshots(number: number): Promise<Snapshots> {
    const disk = this.#machine(number).mount();
    return openSnapshots({ disk, folder: 'snapshots', hasher: plainHasher });
  }

  #journal(number: number): Promise<Journal> {
    return openJournal({
      disk: this.#machine(number).mount(),
      folder: 'journal',
      hasher: plainHasher,
      random: this.random.fork(`journal ${number}`),
      segmentBytes: SEGMENT_BYTES,
      reserveBytes: 4_096,
    });
  }
}

function increment(engine: Engine, key: string, call: CallNumber): Promise<number> {
  return engine.transact(async (tx) => {
    const next = Number((await tx.get(texts, key)) ?? 0) + 1;
    tx.put(texts, String(next), key);
    tx.add('calls', 1);
    return next;
  }, call);
}

async function valuesOf(engine: Engine): Promise<Map<string, number>> {
  const entries = await engine.query((tx) => tx.range(texts, { prefix: [], limit: 10 }));
  return new Map(entries.map(({ key: [name], value }) => [name, Number(value)]));
}
