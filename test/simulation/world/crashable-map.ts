import type { MapChange, MapEntry, OrderedMap } from '@holdfast/contracts';
import { memoryMap } from '@holdfast/ordered-map';
import type { SeededRandom } from '@holdfast/testkit';

/**
 * What a machine keeps of an ordered map. A crash of the machine loses any of the batches since the
 * last `persist`, and may keep later ones.
 */
export class CrashableMap {
  #durable: OrderedMap = memoryMap();
  #batches: (readonly MapChange[])[] = [];
  #newest: OrderedMap = memoryMap();
  #boot = 0;

  /** The map as a process opens it. Once the process has ended, nothing changes it any more. */
  open(): OrderedMap {
    const boot = this.#boot;
    const map = this.#newest;
    const change = async (task: () => Promise<void>): Promise<void> => {
      if (boot !== this.#boot) return await new Promise(() => {});
      await task();
    };
    return {
      get: (key) => map.get(key),
      getMany: (keys) => map.getMany(keys),
      range: (range) => map.range(range),
      apply: (changes) =>
        change(async () => {
          this.#batches.push(changes);
          await map.apply(changes);
        }),
      persist: () => change(() => this.#persist()),
      clear: () =>
        change(async () => {
          this.#batches = [];
          await map.clear();
          await this.#durable.clear();
        }),
      [Symbol.asyncDispose]: async () => {},
    };
  }

  /** The process ends, and nothing else. */
  kill(): void {
    this.#boot++;
  }

  /** The power goes. */
  async crash(random: SeededRandom): Promise<void> {
    this.kill();
    const batches = this.#batches;
    // Most often nothing or everything had reached the disk; sometimes any part of it.
    const share = random.pick([0, 1, random.fraction()]);
    for (const batch of batches) if (random.chance(share)) await this.#durable.apply(batch);
    this.#batches = [];
    this.#newest = await copyOf(this.#durable);
  }

  /** What is persisted now, for `restore`. */
  async copy(): Promise<OrderedMap> {
    return await copyOf(this.#durable);
  }

  /** Sets the map back, as with an older copy of its disk. Nobody may have it open. */
  async restore(copy: OrderedMap): Promise<void> {
    this.kill();
    this.#batches = [];
    this.#durable = await copyOf(copy);
    this.#newest = await copyOf(copy);
  }

  /** Entries whose key has these bytes in it are gone, as if they had never been; how many. */
  async lose(bytes: Uint8Array): Promise<number> {
    const gone = (await entriesOf(this.#newest)).filter(([key]) =>
      Buffer.from(key).includes(Buffer.from(bytes)),
    );
    const changes = gone.map(([key]) => ({ key, value: undefined }));
    for (const map of [this.#newest, this.#durable]) await map.apply(changes);
    return gone.length;
  }

  async #persist(): Promise<void> {
    const batches = this.#batches;
    this.#batches = [];
    for (const batch of batches) await this.#durable.apply(batch);
  }
}

const FIRST = new Uint8Array(0);
const LAST = Uint8Array.from({ length: 16 }, () => 0xff);

async function copyOf(map: OrderedMap): Promise<OrderedMap> {
  const copy = memoryMap();
  await copy.apply((await entriesOf(map)).map(([key, value]) => ({ key, value })));
  return copy;
}

async function entriesOf(map: OrderedMap): Promise<readonly MapEntry[]> {
  return await map.range({ from: FIRST, to: LAST, limit: Number.MAX_SAFE_INTEGER });
}
