import type { Seeded } from '../../support/seeded.ts';

/** A port of the cluster, and what a stranger or a user with bad intentions knows of it. */
export interface Target {
  /** The frontend's or a server's address, as `ws://HOST:PORT`. */
  readonly url: string;
  /** The login of a user without rights, where the attack comes from one. */
  readonly token: string | undefined;
}

/** Answers by error code (`ok` for results), and connections by how they ended. */
export type Tally = Map<string, number>;

export function count(tally: Tally, what: string): void {
  tally.set(what, (tally.get(what) ?? 0) + 1);
}

export interface Attack {
  readonly name: string;
  /** One round against a target; it ends by itself within seconds, however the target behaves. */
  readonly round: (target: Target, random: Seeded, tally: Tally) => Promise<void>;
}
