import type { Operation, Outcome, Performed } from './operation.ts';

/** The operations of a simulation, in the order in which they began. */
export class History {
  readonly all: Performed[] = [];
  readonly #nowMs: () => number;
  #order = 0;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Those that tell something of the directory's state, or may have changed it. */
  get operations(): readonly Performed[] {
    return this.all.filter(({ outcome }) => outcome.kind !== 'nothing');
  }

  begin(id: string, operation: Operation): Performed {
    const performed: Performed = {
      id,
      operation,
      begun: this.#order++,
      begunMs: this.#nowMs(),
      ended: Infinity,
      endedMs: Infinity,
      outcome: { kind: 'unknown' },
    };
    this.all.push(performed);
    return performed;
  }

  end(performed: Performed, outcome: Outcome): void {
    performed.outcome = outcome;
    performed.endedMs = this.#nowMs();
    if (outcome.kind !== 'unknown') performed.ended = this.#order++;
  }
}
