import type { Namespace } from './namespace.ts';
import { perform } from './namespace-rules.ts';
import type { Answer, Performed } from './operation.ts';

/** States looked at before a history is called too ambiguous to judge. */
const MAX_STATES = 20_000;

export type Verdict =
  | { readonly kind: 'linearizable' }
  | { readonly kind: 'undecided' }
  | {
      readonly kind: 'violated';
      /** The longest order that was possible, and what could not come next. */
      readonly longest: readonly Performed[];
      readonly stuck: readonly Performed[];
      readonly state: Namespace;
    };

export interface LinearizeOptions {
  readonly begin: Namespace;
  /** A refusal that the namespace alone does not explain, such as an expired trash entry. */
  readonly mayRefuse: (performed: Performed, code: string) => boolean;
}

/**
 * Whether there is an order of the operations that agrees with their intervals and in which each
 * answer is right (§P3): the search of Wing and Gong, with Lowe's memory of what was tried. An
 * operation of unknown outcome may stand anywhere after its beginning, or nowhere.
 */
export function linearize(operations: readonly Performed[], options: LinearizeOptions): Verdict {
  return new Search(operations, options).run();
}

interface Step {
  readonly state: Namespace;
  readonly taken: bigint;
  readonly order: readonly Performed[];
}

class Search {
  readonly #operations: readonly Performed[];
  readonly #options: LinearizeOptions;
  readonly #bits: ReadonlyMap<Performed, bigint>;
  readonly #tried = new Set<string>();
  #longest: Step;

  constructor(operations: readonly Performed[], options: LinearizeOptions) {
    this.#operations = [...operations].sort((a, b) => a.begun - b.begun);
    this.#options = options;
    this.#bits = new Map(this.#operations.map((performed, i) => [performed, 1n << BigInt(i)]));
    this.#longest = { state: options.begin, taken: 0n, order: [] };
  }

  run(): Verdict {
    const open: Step[] = [this.#longest];
    for (let step = open.pop(); step; step = open.pop()) {
      if (this.#isComplete(step)) return { kind: 'linearizable' };
      if (this.#tried.size > MAX_STATES) return { kind: 'undecided' };
      if (certain(step.order) > certain(this.#longest.order)) this.#longest = step;
      // The last one pushed is looked at first: certain operations, the earliest end before others.
      const candidates = this.#candidates(step).sort((a, b) => b.ended - a.ended);
      for (const candidate of candidates) this.#tryNext(step, candidate, open);
    }
    const { order, state } = this.#longest;
    return { kind: 'violated', longest: order, stuck: this.#candidates(this.#longest), state };
  }

  #isComplete({ taken }: Step): boolean {
    return this.#operations.every(
      (performed) => performed.ended === Infinity || this.#isTaken(taken, performed),
    );
  }

  /** Those that began before any other one that is left ended. */
  #candidates({ taken }: Step): Performed[] {
    const left = this.#operations.filter((performed) => !this.#isTaken(taken, performed));
    const firstEnd = Math.min(...left.map((performed) => performed.ended));
    return left.filter((performed) => performed.begun < firstEnd);
  }

  #tryNext(step: Step, performed: Performed, open: Step[]): void {
    const after = this.#after(step.state, performed);
    if (!after) return;
    const taken = step.taken | (this.#bits.get(performed) ?? 0n);
    const key = `${taken.toString(36)} ${after.key}`;
    if (this.#tried.has(key)) return;
    this.#tried.add(key);
    open.push({ state: after, taken, order: [...step.order, performed] });
  }

  /** The state after an operation, if what it told is what it would have told here. */
  #after(state: Namespace, performed: Performed): Namespace | undefined {
    const { operation, outcome, id } = performed;
    const told = outcome.kind === 'done' ? outcome.answer : undefined;
    const effect = perform(state, operation, told?.trashId ?? `of ${id}`);
    if (outcome.kind === 'refused') {
      const right = 'refused' in effect && effect.refused === outcome.code;
      return right || this.#options.mayRefuse(performed, outcome.code) ? state : undefined;
    }
    if ('refused' in effect) return undefined;
    // One of unknown outcome that changes nothing need not be placed at all.
    if (!told) return effect.after === state ? undefined : effect.after;
    return agrees(told, effect.answer) ? effect.after : undefined;
  }

  #isTaken(taken: bigint, performed: Performed): boolean {
    return (taken & (this.#bits.get(performed) ?? 0n)) !== 0n;
  }
}

function certain(order: readonly Performed[]): number {
  return order.filter((performed) => performed.ended !== Infinity).length;
}

function agrees(told: Answer, right: Answer): boolean {
  return (
    told.version === right.version &&
    (told.fits?.includes(right.content ?? '') ?? told.content === right.content) &&
    told.sizeBytes === right.sizeBytes &&
    listText(told.entries) === listText(right.entries)
  );
}

function listText(entries: Answer['entries']): string {
  return (entries ?? [])
    .map(({ name, version, sizeBytes }) => `${name} ${version} ${sizeBytes}`)
    .sort()
    .join();
}
