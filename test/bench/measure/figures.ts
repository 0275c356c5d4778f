export type Unit = 'MiB/s' | 'files/s' | 'entries/s' | 'calls/s' | 'ms' | 'MiB' | 'CPU s/GiB';

/** What one line of the table is about. */
export interface FigureKind {
  readonly name: string;
  readonly unit: Unit;
  readonly better: 'more' | 'less';
  /** What it should reach: at least this where more is better, at most this where less is. */
  readonly goal?: number;
}

/** One line of the table: every value that was measured, beside those of what bounds it. */
export interface Figure extends FigureKind {
  readonly row: string;
  readonly values: readonly number[];
  readonly limit?: Limit;
}

/** What the machine itself does with the same work, in the same unit, measured in the same run. */
interface Limit {
  readonly what: string;
  readonly values: readonly number[];
}

/** Collects the figures of one row over its repetitions. */
export class Figures {
  readonly #row: string;
  readonly #values = new Map<string, { kind: FigureKind; values: number[] }>();
  readonly #limits = new Map<string, { what: string; values: number[] }>();

  constructor(row: string) {
    this.#row = row;
  }

  add(kind: FigureKind, value: number): void {
    const known = this.#values.get(kind.name) ?? { kind, values: [] };
    known.values.push(value);
    this.#values.set(kind.name, known);
  }

  /** Adds a measurement of what bounds the figure with that name. */
  addLimit(name: string, what: string, value: number): void {
    const known = this.#limits.get(name) ?? { what, values: [] };
    known.values.push(value);
    this.#limits.set(name, known);
  }

  all(): readonly Figure[] {
    return [...this.#values.values()].map(({ kind, values }) => {
      const limit = this.#limits.get(kind.name);
      return { row: this.#row, ...kind, values, ...(limit && { limit }) };
    });
  }
}
