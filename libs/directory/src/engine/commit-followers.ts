import { HoldfastError } from '@holdfast/contracts';
import { type TupleElement, decodeTuple, encodeTuple } from '@holdfast/kernel';
import type { Commit } from './commit.ts';
import { keyBytes, keyText } from './keys.ts';
import { ENGINE_LIMITS } from './limits.ts';

/** What one commit changed below a prefix. */
export interface FollowedCommit {
  readonly number: number;
  /** Directory time. */
  readonly timeMs: number;
  /** The changed keys, each with the number of its table first. */
  readonly keys: readonly (readonly TupleElement[])[];
}

interface Follower {
  readonly prefix: string;
  readonly listener: (commit: FollowedCommit) => void;
}

/** Those who are told of commits as they become visible. */
export class CommitFollowers {
  readonly #followers = new Set<Follower>();

  add(prefix: readonly TupleElement[], listener: (commit: FollowedCommit) => void): Disposable {
    if (this.#followers.size >= ENGINE_LIMITS.followers) {
      throw new HoldfastError(
        'limit-exceeded',
        `${ENGINE_LIMITS.followers} listeners follow the directory already. Try again later.`,
      );
    }
    const follower = { prefix: keyText(encodeTuple(...prefix)), listener };
    this.#followers.add(follower);
    return { [Symbol.dispose]: () => void this.#followers.delete(follower) };
  }

  tell(commits: readonly Commit[]): void {
    if (this.#followers.size === 0) return;
    for (const commit of commits) {
      for (const follower of this.#followers) tell(follower, commit);
    }
  }
}

function tell({ prefix, listener }: Follower, { number, timeMs, changes }: Commit): void {
  const keys = [...changes.writes.keys()].filter((key) => key.startsWith(prefix));
  if (keys.length === 0) return;
  const followed = { number, timeMs, keys: keys.map((key) => decodeTuple(keyBytes(key))) };
  try {
    listener(followed);
  } catch (error) {
    // A defect of the listener's: it must not stop commits half-way, and must not go unnoticed.
    queueMicrotask(() => {
      throw error;
    });
  }
}
