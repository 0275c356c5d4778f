import type { HoldfastError, LostTail, RosterEntry, StoreId } from '@holdfast/contracts';
import { type Clock, Semaphore, type Timer } from '@holdfast/kernel';
import { diverged, emptyBesides, olderBackup, supplanted } from './copy-faults.ts';
import type { CopyRelation } from './compare-copy.ts';
import type { CopyStand, JournalCopy } from './journal-copy.ts';
import { ENGINE_LIMITS } from './limits.ts';
import {
  waitAfterSetBack,
  waitForAny,
  waitForBackedUp,
  waitForLastView,
  waitForMending,
  waitForWhatWasLost,
} from './start-reasons.ts';

/** A store that was heard at the start. */
interface Heard {
  readonly copy: JournalCopy;
  readonly stand: CopyStand;
}

export interface GatheringPorts {
  readonly clock: Clock;
  readonly compare: (heard: Heard) => Promise<CopyRelation>;
  /** The same for what a copy, or our own journal, had before it was damaged. */
  readonly compareLost: (lost: LostTail) => Promise<CopyRelation>;
  /** The stores that the last known view waited for, and all that are enrolled. */
  readonly lastView: () => readonly StoreId[];
  readonly roster: () => readonly RosterEntry[];
  /** Our own journal comes from a backup. */
  readonly restored: boolean;
  /** The number of our own journal's last record. */
  readonly number: () => number;
  /** How far our own journal was before it was damaged, if it is not as far again. */
  readonly lost: () => LostTail | undefined;
  /** Our own journal has nothing, and nothing says that it was set aside. */
  readonly empty: () => boolean;
  /** Takes over what the copy has beyond our journal. */
  readonly adopt: (copy: JournalCopy) => Promise<void>;
  /** Makes sure of an epoch that is higher than this one. */
  readonly outbid: (epoch: number) => Promise<void>;
  readonly refuse: (why: HoldfastError) => void;
  readonly wait: (reason: string) => void;
  readonly start: (copies: readonly Heard[]) => void;
}

/**
 * Decides at the start when enough stores were heard to serve (§P3, §P11). Normally these are the
 * stores of the last view, or those of them that come within a grace period: what was acknowledged
 * is on each of them. A store that is ahead proves that our disk was set back; what it has is taken
 * over, and since the last view may be forgotten as well, all stores of the roster are waited for.
 *
 * A journal of ours that was damaged is made anew from the copies. What it had is then all there, or
 * each store of the last view has said that it has no more: so none of it was acknowledged. And a
 * store whose copy was damaged says nothing before we have as much as it once had.
 */
export class StartGathering {
  readonly #ports: GatheringPorts;
  readonly #turn = new Semaphore(1);
  readonly #heard = new Map<StoreId, Heard>();
  /** Stores that once had more than we do, and cannot be asked for it. */
  readonly #ahead = new Map<StoreId, Heard>();
  #setBack = false;
  #graceOver = false;
  #grace: Timer | undefined;
  #over = false;

  constructor(ports: GatheringPorts) {
    this.#ports = ports;
  }

  /** Whether it has been decided to serve. */
  get over(): boolean {
    return this.#over;
  }

  /** Says, before any store was heard, whom a damaged journal is made anew from. */
  announce(): void {
    const reason = this.#reasonToMend();
    if (reason !== undefined) this.#ports.wait(reason);
  }

  /** Takes a store into account. False: it was decided before. */
  async hear(copy: JournalCopy, stand: CopyStand): Promise<boolean> {
    using _turn = await this.#turn.acquire();
    if (this.#over) return false;
    const heard = { copy, stand };
    const relation = this.#checked(copy, await this.#ports.compare(heard));
    if (relation === 'ahead' && this.#ports.empty()) throw this.#refuse(emptyBesides([copy.name]));
    if (relation === 'ahead' && this.#ports.restored) throw this.#refuse(olderBackup(copy, stand));
    if (relation === 'ahead') await this.#takeOver(copy);
    const before = stand.lost && this.#checked(copy, await this.#ports.compareLost(stand.lost));
    if (before === 'ahead') this.#noteAhead(heard);
    else this.#noteHeard(heard);
    await this.#ports.outbid(stand.epoch);
    this.#decide();
    return true;
  }

  [Symbol.dispose](): void {
    this.#over = true;
    this.#grace?.cancel();
  }

  #checked(copy: JournalCopy, relation: CopyRelation): CopyRelation {
    if (relation === 'diverged') throw diverged(copy);
    if (relation === 'supplanting') throw this.#refuse(supplanted(copy));
    return relation;
  }

  async #takeOver(copy: JournalCopy): Promise<void> {
    const lost = this.#ports.lost();
    await this.#ports.adopt(copy);
    if (!lost) this.#setBack = true;
    else if (isOther(await this.#ports.compareLost(lost))) throw this.#refuse(supplanted(copy));
  }

  #noteHeard(heard: Heard): void {
    this.#ahead.delete(heard.copy.store);
    this.#heard.set(heard.copy.store, heard);
  }

  /** It is asked again, and heard once we have as much from others. */
  #noteAhead(heard: Heard): void {
    this.#ahead.set(heard.copy.store, heard);
    if (!this.#ports.lost()) this.#setBack = true;
  }

  #refuse(why: HoldfastError): HoldfastError {
    this.#ports.refuse(why);
    return why;
  }

  #decide(): void {
    if (this.#over) return;
    const reason = this.#reasonToWait();
    if (reason !== undefined) {
      this.#ports.wait(reason);
      return;
    }
    this.#over = true;
    this.#grace?.cancel();
    this.#ports.start([...this.#heard.values()]);
  }

  #reasonToWait(): string | undefined {
    const roster = this.#ports.roster();
    const missing = this.#namesMissing(roster.map(({ store }) => store));
    if (this.#ports.restored && missing.length > 0) return waitForBackedUp({ missing });
    const toMend = this.#reasonToMend();
    if (toMend !== undefined) return toMend;
    if (this.#ahead.size > 0 && !this.#ports.lost()) return this.#reasonOfLoss(missing);
    if (this.#setBack && missing.length > 0) return waitAfterSetBack({ missing });
    if (roster.length > 0 && missing.length === roster.length) return waitForAny({ missing });
    const lastView = this.#ports.lastView();
    if (this.#graceOver || lastView.every((store) => this.#heard.has(store))) return undefined;
    this.#grace ??= this.#ports.clock.schedule(ENGINE_LIMITS.startGraceMs, () => {
      this.#graceOver = true;
      this.#decide();
    });
    return waitForLastView({ missing });
  }

  /** Until our journal has all that it had, or everybody who would have more was heard. */
  #reasonToMend(): string | undefined {
    const lost = this.#ports.lost();
    if (!lost) return undefined;
    const lastView = this.#ports.lastView();
    const all = this.#ports.roster().map(({ store }) => store);
    const missing = this.#namesMissing(lastView.length > 0 ? lastView : all);
    if (missing.length === 0) return undefined;
    return waitForMending({ lost, ours: this.#ports.number(), missing });
  }

  #reasonOfLoss(missing: readonly string[]): string {
    const lost = [...this.#ahead.values()];
    const names = lost.map(({ copy }) => copy.name);
    const number = Math.max(...lost.map(({ stand }) => stand.lost?.number ?? 0));
    const others = missing.filter((name) => !names.includes(name));
    return waitForWhatWasLost({ names, number, ours: this.#ports.number(), others });
  }

  #namesMissing(stores: readonly StoreId[]): readonly string[] {
    const missing = stores.filter((store) => !this.#heard.has(store));
    const roster = this.#ports.roster();
    return missing.map((store) => roster.find((entry) => entry.store === store)?.name ?? store);
  }
}

function isOther(relation: CopyRelation): boolean {
  return relation === 'diverged' || relation === 'supplanting';
}
