import type { MapChange, MapEntry, MapRange, OrderedMap } from '@holdfast/contracts';
import { SmallMap } from './small-map.ts';

/** A map that loses in a power cut what a real one may lose: any batches since it was persisted. */
export class ForgetfulMap implements OrderedMap {
  readonly #now = new SmallMap();
  #persisted: MapChange[] = [];
  #since: (readonly MapChange[])[] = [];

  /** Batches that a power cut may take away. */
  get unpersisted(): number {
    return this.#since.length;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#now.get(key);
  }

  getMany(keys: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    return this.#now.getMany(keys);
  }

  range(range: MapRange): MapEntry[] {
    return this.#now.range(range);
  }

  async apply(changes: readonly MapChange[]): Promise<void> {
    await this.#now.apply(changes);
    this.#since.push([...changes]);
  }

  async persist(): Promise<void> {
    this.#persisted.push(...this.#since.flat());
    this.#since = [];
  }

  async clear(): Promise<void> {
    await this.#now.clear();
    this.#persisted = [];
    this.#since = [];
  }

  /** What is left after a power cut; `survives` is asked for each batch that may be gone. */
  async afterPowerCut(survives: () => boolean): Promise<ForgetfulMap> {
    const left = new ForgetfulMap();
    await left.apply(this.#persisted);
    await left.persist();
    for (const batch of this.#since) if (survives()) await left.apply(batch);
    return left;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
