import type { CopyWork } from './repair-rate.ts';

/**
 * What repair has to move yet: what it has planned, and what it has not looked at, which is taken to
 * be like what it has.
 */
export class RepairBacklog {
  #chunksLeft = 0;
  #chunksSeen = 0;
  #seen: CopyWork = { copies: 0, bytes: 0 };
  #planned: CopyWork = { copies: 0, bytes: 0 };

  /** Begins to look through so many chunks. */
  beginWalk(chunks: number): void {
    this.#chunksLeft = chunks;
    this.#chunksSeen = 0;
    this.#seen = { copies: 0, bytes: 0 };
  }

  /** Has looked at so many of them, of which `work` can be done now. */
  planned(chunks: number, work: CopyWork): void {
    this.#chunksLeft = Math.max(0, this.#chunksLeft - chunks);
    this.#chunksSeen += chunks;
    this.#seen = sum(this.#seen, work, 1);
    this.#planned = sum(this.#planned, work, 1);
  }

  /** What is not looked at by now waits for something else, or for the next walk. */
  endWalk(): void {
    this.#chunksLeft = 0;
  }

  /** Part of what was planned was done, or could not be. */
  over(work: CopyWork): void {
    this.#planned = sum(this.#planned, work, -1);
  }

  get isMoving(): boolean {
    return this.#planned.copies > 0;
  }

  get left(): CopyWork {
    const times = this.#chunksSeen > 0 ? this.#chunksLeft / this.#chunksSeen : 0;
    return sum(this.#planned, this.#seen, times);
  }
}

function sum(a: CopyWork, b: CopyWork, times: number): CopyWork {
  return { copies: a.copies + times * b.copies, bytes: a.bytes + times * b.bytes };
}
