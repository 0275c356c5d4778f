import type { KeyWrite } from './key-write.ts';
import type { WriteSet } from './write-set.ts';

/** A commit as far as the overlay cares. */
interface Numbered {
  readonly number: number;
  readonly changes: WriteSet;
}

/** The value that a commit gave to a key. */
export interface Version<C> {
  readonly commit: C;
  readonly write: KeyWrite;
}

interface Counter<C> {
  /** The value with all commits that are being put into the map, while they are. */
  settled: number | undefined;
  readonly pending: { readonly commit: C; readonly amount: number }[];
}

/**
 * The writes of commits that are not in the map yet, oldest first for each key, so that a state can
 * be read as of any of these commits.
 */
export class Overlay<C extends Numbered> {
  readonly #versions = new Map<string, Version<C>[]>();
  readonly #counters = new Map<string, Counter<C>>();

  push(commit: C): void {
    for (const [text, write] of commit.changes.writes) {
      const versions = this.#versions.get(text);
      if (versions) versions.push({ commit, write });
      else this.#versions.set(text, [{ commit, write }]);
    }
    for (const [name, amount] of commit.changes.adds) {
      const counter = this.#counters.get(name);
      if (counter) counter.pending.push({ commit, amount });
      else this.#counters.set(name, { settled: undefined, pending: [{ commit, amount }] });
    }
  }

  /** The newest version of a key up to a commit, if it is not just in the map. */
  get(text: string, upTo: number): Version<C> | undefined {
    const versions = this.#versions.size > 0 ? this.#versions.get(text) : undefined;
    return versions && newest(versions, upTo);
  }

  /** The newest versions up to a commit of the keys from `from` on and before `to`. */
  inside(from: string, to: string, upTo: number): Map<string, Version<C>> {
    const found = new Map<string, Version<C>>();
    for (const [text, versions] of this.#versions) {
      if (text < from || text >= to) continue;
      const version = newest(versions, upTo);
      if (version) found.set(text, version);
    }
    return found;
  }

  /**
   * What commits up to `upTo` add to a counter; `settled` is the value to add it to, where it is not
   * the one in the map.
   */
  counter(name: string, upTo: number): { settled: number | undefined; added: number } {
    const counter = this.#counters.get(name);
    let added = 0;
    for (const { commit, amount } of counter?.pending ?? []) {
      if (commit.number <= upTo) added += amount;
    }
    return { settled: counter?.settled, added };
  }

  /** From now on this is the counter's value with all commits up to `upTo`, whatever the map has. */
  settleCounter(name: string, value: number, upTo: number): void {
    const counter = this.#counters.get(name);
    if (!counter) return;
    counter.settled = value;
    const rest = counter.pending.findIndex(({ commit }) => commit.number > upTo);
    counter.pending.splice(0, rest < 0 ? counter.pending.length : rest);
  }

  /** Forgets a commit that is in the map now. Commits are forgotten in their order. */
  applied(commit: C): void {
    for (const text of commit.changes.writes.keys()) {
      const versions = this.#versions.get(text);
      versions?.shift();
      if (versions?.length === 0) this.#versions.delete(text);
    }
    for (const name of commit.changes.adds.keys()) {
      const counter = this.#counters.get(name);
      if (!counter) continue;
      counter.settled = undefined;
      if (counter.pending.length === 0) this.#counters.delete(name);
    }
  }

  /** Forgets a commit that came to nothing. Commits come to nothing newest first. */
  aborted(commit: C): void {
    for (const text of commit.changes.writes.keys()) {
      const versions = this.#versions.get(text);
      versions?.pop();
      if (versions?.length === 0) this.#versions.delete(text);
    }
    for (const name of commit.changes.adds.keys()) {
      const counter = this.#counters.get(name);
      counter?.pending.pop();
      if (counter?.pending.length === 0 && counter.settled === undefined) {
        this.#counters.delete(name);
      }
    }
  }
}

function newest<C extends Numbered>(
  versions: readonly Version<C>[],
  upTo: number,
): Version<C> | undefined {
  for (let i = versions.length - 1; i >= 0; i--) {
    const version = versions[i];
    if (version && version.commit.number <= upTo) return version;
  }
  return undefined;
}
