import { type ChunkStore, type Hasher, isHoldfastError } from '@holdfast/contracts';
import {
  type Clock,
  deferred,
  type Disk,
  equalBytes,
  joinParts,
  type Random,
} from '@holdfast/kernel';
import { expect } from 'vitest';
import { type SimulatedClock, simulatedClock } from '../simulated/clock.ts';
import { type SimulatedDisk, simulatedDisk } from '../simulated/disk.ts';
import { type SeededRandom, seededRandom } from '../simulated/random.ts';
import { type SampleChunk, sampleChunk } from './chunk-store-suite.ts';

const SIZES = [0, 10, 900, 1024, 4096, 9000, 70_000, 90_000];

export interface ChunkStoreSceneOptions {
  readonly seed: number;
  readonly hasher: Hasher;
  readonly capacityBytes?: number;
  /** Opens the store that is tried. */
  readonly open: (parts: {
    readonly disk: Disk;
    readonly clock: Clock;
    readonly random: Random;
    readonly notice: (text: string) => void;
  }) => Promise<ChunkStore>;
}

/** What a program was told about a chunk, and what it asked for since. */
interface Told {
  /** Undefined: never acknowledged, or gone. */
  position: number | undefined;
  /** Asked for and not answered: the chunk may be in either state. */
  open: 'put' | 'delete' | undefined;
}

/**
 * A chunk store on one simulated machine, one boot after the other, and what it promised: chunks of
 * all sizes are put, touched and deleted, several at once, and the machine dies at any operation.
 */
export class ChunkStoreScene {
  readonly random: SeededRandom;
  readonly clock: SimulatedClock = simulatedClock();
  readonly machine: SimulatedDisk;
  readonly chunks: readonly SampleChunk[];
  readonly notices: string[] = [];
  /** Times that the machine died. */
  deaths = 0;
  /** Segments that were removed. */
  compacted = 0;
  /** Operations that a full disk refused. */
  refused = 0;
  /** Faults besides death. */
  fault: SimulatedDisk['fault'];
  readonly #options: ChunkStoreSceneOptions;
  readonly #told = new Map<SampleChunk, Told>();
  #position = 0;
  #generation = 1;

  constructor(options: ChunkStoreSceneOptions) {
    this.#options = options;
    this.random = seededRandom(options.seed);
    const random = this.random.fork('disk');
    const { capacityBytes = Infinity, hasher } = options;
    this.machine = simulatedDisk({ random, clock: this.clock, capacityBytes });
    this.chunks = Array.from({ length: 24 }, (_, i) =>
      sampleChunk(hasher, i, SIZES[i % SIZES.length] ?? 0),
    );
    for (const chunk of this.chunks) {
      this.#told.set(chunk, { position: undefined, open: undefined });
    }
  }

  open(): Promise<ChunkStore> {
    return this.#options.open({
      disk: this.machine.mount(),
      random: this.random.fork('store'),
      clock: this.clock,
      notice: (text) => this.notices.push(text),
    });
  }

  /** Runs `program` until it ends or the machine dies at a random operation. */
  async boot(operations: number, program: () => Promise<void>): Promise<void> {
    const { machine, random } = this;
    const dies = deferred();
    const dieAt = machine.operations + 1 + random.integer(operations);
    machine.fault = (operation) => {
      const { number, kind, path } = operation;
      if (kind === 'unlink' && path.endsWith('.seg')) this.compacted++;
      if (number !== dieAt) return this.fault?.(operation);
      this.deaths++;
      if (random.chance(0.75)) machine.crash();
      else machine.kill();
      dies.resolve();
      return undefined;
    };
    await this.clock.run(Promise.race([program(), dies.promise]));
    machine.fault = undefined;
    machine.kill();
  }

  /** Everything told is true: nothing is lost, nothing is back, no byte is wrong. */
  async check(store: ChunkStore): Promise<void> {
    expect(store.position).toBeGreaterThanOrEqual(this.#position);
    // A crash while the store was being made looks like a loss of all segments, and harms nobody.
    if (this.#position === 0) this.#generation = store.generation;
    expect(store.generation).toBe(this.#generation);
    this.#position = store.position;
    for (const [chunk, told] of this.#told) {
      const stored = store.has(chunk.id);
      if (told.open === undefined) {
        expect(stored === undefined).toBe(told.position === undefined);
      }
      if (told.position !== undefined && told.open !== 'delete') {
        expect(stored?.position).toBeGreaterThanOrEqual(told.position);
      }
      if (stored !== undefined) {
        expect(equalBytes(joinParts(await store.get(chunk.id)), chunk.content)).toBe(true);
      }
      // What is shown counts as told from now on.
      this.#told.set(chunk, { position: stored?.position, open: undefined });
    }
    expect(store.list(undefined, 100).length).toBe(store.usage.chunks);
  }

  /** A few operations at once, on a chunk each. */
  async round(store: ChunkStore, deletes = 0.35): Promise<void> {
    const count = 1 + this.random.integer(8);
    const chunks = new Set(Array.from({ length: count }, () => this.random.pick(this.chunks)));
    await Promise.all([...chunks].map((chunk) => this.#operate(store, chunk, deletes)));
  }

  async #operate(store: ChunkStore, chunk: SampleChunk, deletes: number): Promise<void> {
    const told = this.#told.get(chunk) as Told;
    try {
      if (this.random.chance(deletes)) {
        const upTo = this.random.chance(0.8) ? store.position : (told.position ?? 1) - 1;
        const allowed = told.position === undefined || told.position <= upTo;
        if (allowed) told.open = 'delete';
        expect(await store.delete(chunk.id, upTo)).toBe(allowed);
        if (allowed) told.position = undefined;
      } else if (told.position !== undefined && this.random.chance(0.5)) {
        const position = await store.touch(chunk.id);
        expect(position).toBeGreaterThan(told.position);
        told.position = position;
      } else {
        told.open = 'put';
        told.position = await store.put(chunk.id, [chunk.content]);
      }
      told.open = undefined;
    } catch (error) {
      if (!isHoldfastError(error, 'no-space')) throw error;
      // A refusal is certain: it leaves everything as it was.
      told.open = undefined;
      this.refused++;
    }
  }
}
