import type { SimulationResult } from '../simulate.ts';

const MS_PER_HOUR = 3_600_000;

/** What many simulations came to. */
export class Totals {
  operations = 0;
  readonly faults: Map<string, number> = new Map<string, number>();
  readonly #startedMs = performance.now();
  #seeds = 0;
  #failed = 0;
  #virtualMs = 0;
  #undecided = 0;

  add({ operations, virtualMs, undecided, faults, violations }: SimulationResult): void {
    this.#seeds++;
    this.operations += operations;
    this.#virtualMs += virtualMs;
    this.#undecided += undecided;
    if (violations.length > 0) this.#failed++;
    for (const [kind, count] of faults) {
      this.faults.set(kind, (this.faults.get(kind) ?? 0) + count);
    }
  }

  text(): string {
    const seconds = (performance.now() - this.#startedMs) / 1000;
    const hours = this.#virtualMs / MS_PER_HOUR;
    const faults = [...this.faults].sort(([, a], [, b]) => b - a);
    const struck = faults.reduce((sum, [, count]) => sum + count, 0);
    return (
      `${this.#seeds} seeds, ${this.operations} operations, ${hours.toFixed(1)} simulated hours ` +
      `in ${seconds.toFixed(1)} s (${(hours / seconds).toFixed(2)} hours per second), ` +
      `${this.#undecided} undecided, ${this.#failed} failed\n` +
      `${struck} faults: ${faults.map(([kind, count]) => `${kind} ${count}`).join(', ')}`
    );
  }
}
