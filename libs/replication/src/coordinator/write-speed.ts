import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';

/** How fast users write in times of one kind; the latest ones count most. */
export class WriteSpeed {
  #writes = 0;
  #ms = 0;

  note(writes: number, ms: number): void {
    this.#writes = LIMITS.paceMemory * this.#writes + writes;
    this.#ms = LIMITS.paceMemory * this.#ms + ms;
  }

  get perMs(): number {
    return this.#ms > 0 ? this.#writes / this.#ms : 0;
  }

  /** Whether that many were written that it tells something. */
  get isKnown(): boolean {
    return this.#ms > 0 && this.#writes >= LIMITS.paceLeastWrites;
  }
}
