import type { StoreStand } from '@holdfast/contracts';
import { type Clock, sleep } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { CatchUp } from './catch-up.ts';
import type { Member } from './member.ts';
import type { Members } from './members.ts';

export interface ProbationOptions {
  readonly members: Members;
  readonly catchUp: CatchUp;
  readonly clock: Clock;
  readonly epoch: () => number;
}

/**
 * Lets a server that was given up for slowness come back: after some fast answers it catches up like
 * one that returned. Each time that it is given up again, the pause before that doubles; a server
 * that served well for long is treated like one that was never given up.
 */
export class Probation implements Disposable {
  readonly #members: Members;
  readonly #catchUp: CatchUp;
  readonly #clock: Clock;
  readonly #epoch: () => number;
  readonly #pausesMs = new Map<string, number>();
  readonly #liveSinceMs = new Map<string, number>();
  readonly #listening: Disposable;

  constructor({ members, catchUp, clock, epoch }: ProbationOptions) {
    this.#members = members;
    this.#catchUp = catchUp;
    this.#clock = clock;
    this.#epoch = epoch;
    this.#listening = members.onChange((member, before) => {
      if (before === 'live') this.#forgive(member);
      if (member.live) this.#liveSinceMs.set(member.store, clock.monotonicMs());
      if (member.state === 'suspect') void this.#watch(member);
    });
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }

  /** It served until now: for long enough, and its next pause is as short as the first one. */
  #forgive({ store }: Member): void {
    const sinceMs = this.#liveSinceMs.get(store);
    this.#liveSinceMs.delete(store);
    if (sinceMs === undefined || this.#clock.monotonicMs() - sinceMs < LIMITS.forgiveAfterMs)
      return;
    this.#pausesMs.delete(store);
  }

  async #watch(member: Member): Promise<void> {
    const { connection } = member;
    if (!connection) return;
    const pauseMs = this.#pausesMs.get(member.store) ?? LIMITS.probeFastMs;
    this.#pausesMs.set(member.store, Math.min(2 * pauseMs, LIMITS.probeMaxMs));
    const stillSuspect = (): boolean =>
      member.state === 'suspect' && member.connection === connection && !connection.ended.aborted;
    await sleep(this.#clock, pauseMs, connection.ended).catch(() => {});
    for (let fast = 0; stillSuspect();) {
      const stand = await this.#probe(member);
      fast = stand ? fast + 1 : 0;
      if (stand && fast >= LIMITS.probesToReturn && stillSuspect()) {
        this.#members.change(member, 'catching-up');
        this.#catchUp.begin(member, { stand, reached: 0, adoptId: undefined });
        return;
      }
      await sleep(this.#clock, LIMITS.probeFastMs / 2, connection.ended).catch(() => {});
    }
  }

  async #probe(member: Member): Promise<StoreStand | undefined> {
    const options = { timeoutMs: LIMITS.probeFastMs };
    try {
      const { stand, report } = await member.read((remote) =>
        remote.probe({ epoch: this.#epoch() }, options),
      );
      member.heard(report);
      return stand;
    } catch {
      return undefined;
    }
  }
}
