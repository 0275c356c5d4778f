import type { Operation, Outcome, Performed } from './operation.ts';

/** All operations of a simulation, in the order in which they began. */
export class History {
  readonly operations: Performed[] = [];
  readonly #nowMs: () => number;
  #order = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  begin(client: string, operation: Operation): Performed {
    const performed: Performed = {
      id: this.operations.length,
      client,
      operation,
      begun: this.#order++,
      begunMs: this.#nowMs(),
      ended: Infinity,
      endedMs: Infinity,
      outcome: { kind: 'unknown' },
    };
    this.operations.push(performed);
    return performed;
  }

  end(performed: Performed, outcome: Outcome): void {
    performed.outcome = outcome;
    performed.endedMs = this.#nowMs();
    if (outcome.kind !== 'unknown') performed.ended = this.#order++;
  }

  /** It told nothing, and changed nothing. */
  forget(performed: Performed): void {
    const index = this.operations.indexOf(performed);
    if (index >= 0) this.operations.splice(index, 1);
  }
}
