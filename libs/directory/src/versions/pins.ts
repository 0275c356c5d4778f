import { HoldfastError } from '@holdfast/contracts';

/** One version, or without a number all of a file. */
export interface Claim {
  readonly file: string;
  readonly version?: number;
}

/**
 * Versions that must stay readable for open read handles, and those that are being collected right
 * now. In memory only: handles do not outlive the process.
 */
export class Pins {
  /** Open pins by file and version. */
  readonly #pinned = new Map<string, Map<number, number>>();
  readonly #claimed = new Set<string>();

  /** Keeps a version until the result is disposed; `not-found` if it is being collected. */
  pin(file: string, version: number): Disposable {
    if (this.#claimed.has(file) || this.#claimed.has(claimKey(file, version))) {
      throw new HoldfastError(
        'not-found',
        `Version ${version} of this file is no longer kept. Look at its history.`,
      );
    }
    const counts = this.#pinned.get(file) ?? new Map<number, number>();
    this.#pinned.set(file, counts);
    counts.set(version, (counts.get(version) ?? 0) + 1);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (held) this.#unpin(file, version);
        held = false;
      },
    };
  }

  /**
   * Reserves for collection those of `candidates` that no pin keeps: single versions, or whole files.
   * Until it is disposed nothing of them is pinned, so that no handle slips in beside the commit.
   */
  claim<T extends Claim>(candidates: readonly T[]): Disposable & { readonly free: readonly T[] } {
    const keys: string[] = [];
    const free = candidates.filter(({ file, version }) => {
      const counts = this.#pinned.get(file);
      if (counts && (version === undefined || counts.has(version))) return false;
      const key = claimKey(file, version);
      if (this.#claimed.has(key)) return false;
      this.#claimed.add(key);
      keys.push(key);
      return true;
    });
    return {
      free,
      [Symbol.dispose]: () => {
        for (const key of keys) this.#claimed.delete(key);
      },
    };
  }

  #unpin(file: string, version: number): void {
    const counts = this.#pinned.get(file);
    if (!counts) return;
    const left = (counts.get(version) ?? 1) - 1;
    if (left > 0) counts.set(version, left);
    else counts.delete(version);
    if (counts.size === 0) this.#pinned.delete(file);
  }
}

function claimKey(file: string, version?: number): string {
  return version === undefined ? file : `${file}:${version}`;
}
