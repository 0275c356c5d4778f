import { joinParts } from '@holdfast/kernel';
import { sourceOfBytes, type HoldfastClient } from '@holdfast/sdk';
import { setTimeout as pause } from 'node:timers/promises';
import { percentile } from '../bench/measure/summary.ts';
import type { Seeded } from '../support/seeded.ts';

const FILES = 16;
const FILE_BYTES = 1_024;
const PAUSE_MS = 20;

export interface Experience {
  readonly operations: number;
  /** Milliseconds that 99 of 100 operations did not exceed. */
  readonly p99Ms: number;
  readonly worstMs: number;
  /** What failed, or was not what had been written. */
  readonly failures: readonly string[];
}

/** A user who writes, reads and looks at small files meanwhile, and minds how long it takes. */
export class Bystander {
  readonly #client: HoldfastClient;
  readonly #random: Seeded;
  readonly #files = new Map<string, Uint8Array>();

  constructor(client: HoldfastClient, random: Seeded) {
    this.#client = client;
    this.#random = random;
  }

  /** Works until the signal aborts. */
  async work(signal: AbortSignal): Promise<Experience> {
    const tookMs: number[] = [];
    const failures: string[] = [];
    while (!signal.aborted) {
      const begun = performance.now();
      await this.#operate().catch((error: unknown) => failures.push(String(error)));
      tookMs.push(performance.now() - begun);
      await pause(PAUSE_MS);
    }
    tookMs.sort((a, b) => a - b);
    const worstMs = tookMs.at(-1) ?? 0;
    return { operations: tookMs.length, p99Ms: percentile(tookMs, 99), worstMs, failures };
  }

  async #operate(): Promise<void> {
    const path = `/shared/bystander-${this.#random.below(FILES)}`;
    const expected = this.#files.get(path);
    if (!expected || this.#random.below(3) === 0) {
      const content = this.#random.bytes(FILE_BYTES);
      await this.#client.putFile(sourceOfBytes(content), { path });
      this.#files.set(path, content);
      return;
    }
    const { content } = await this.#client.files.openRead({ path, inlineBytes: FILE_BYTES });
    const same = content && Buffer.compare(joinParts(content), expected) === 0;
    if (!same) throw new Error(`${path} is not what was written`);
  }
}
