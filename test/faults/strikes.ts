import { expect } from 'vitest';

/** Counts the faults that a test caused, so that none of them can miss without being noticed. */
export class Strikes {
  readonly #landed: string[] = [];

  get count(): number {
    return this.#landed.length;
  }

  /** Notes that `fault` struck; fails if by then what it was aimed at was over. */
  landed(fault: string, stillUnderWay: boolean): void {
    expect(stillUnderWay, `${fault} came too late to strike in the middle`).toBe(true);
    this.#landed.push(fault);
  }

  expectCount(count: number): void {
    expect(this.#landed).toHaveLength(count);
  }
}
