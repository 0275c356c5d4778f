import {
  type ClusterEvent,
  HoldfastError,
  type RosterEntry,
  type ServerState,
  type StoreId,
} from '@holdfast/contracts';
import { type Clock, deferred } from '@holdfast/kernel';
import type { StorePositions } from '@holdfast/directory';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { Member } from './member.ts';
import { Slowness } from './slowness.ts';
import { WatchedTime } from './watched-time.ts';

const NO_PROGRESS = 'Its disk or network made no progress on a write.';
const TOO_SLOW = 'Its disk or network is much slower than those of the others.';

export type MemberListener = (member: Member, before: ServerState) => void;
export type EventListener = (event: ClusterEvent) => void;

/**
 * All enrolled stores and which of them live (§P4). Verdicts come from unanswered writes, not from
 * heartbeats alone: a server that answers pings while its disk hangs stalls everybody.
 */
export class Members implements Disposable {
  readonly #clock: Clock;
  readonly #members = new Map<StoreId, Member>();
  readonly #listeners = new Set<MemberListener>();
  readonly #eventListeners = new Set<EventListener>();
  readonly #pauseListeners = new Set<() => void>();
  readonly #slowness = new Slowness();
  readonly #time: WatchedTime;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#time = new WatchedTime(clock, (missedMs) => this.#passVerdicts(missedMs));
  }

  get all(): readonly Member[] {
    return [...this.#members.values()];
  }

  get live(): readonly Member[] {
    return this.all.filter((member) => member.live);
  }

  find(store: StoreId): Member | undefined {
    return this.#members.get(store);
  }

  named(name: string): Member | undefined {
    return this.all.find((member) => member.name === name);
  }

  nameOf(store: StoreId): string {
    return this.#members.get(store)?.name ?? `store ${store.slice(0, 8)}`;
  }

  /** Makes sure that the roster's stores are known, connected or not. */
  enrol(entry: RosterEntry): Member {
    const known = this.#members.get(entry.store);
    if (known) return known;
    const member = new Member(entry, this.#clock, () => this.#time.nowMs());
    this.#members.set(entry.store, member);
    return member;
  }

  remove(store: StoreId): void {
    this.#members.delete(store);
  }

  /** The highest position that each store has named. */
  positions(): StorePositions {
    return Object.fromEntries(this.all.map((member) => [member.store, member.position]));
  }

  change(member: Member, state: ServerState, reason?: string): void {
    const before = member.state;
    member.reason = reason;
    if (before === state) return;
    member.state = state;
    member.stateSinceMs = this.#clock.monotonicMs();
    for (const listener of this.#listeners) listener(member, before);
    this.#announce(member);
  }

  /**
   * Waits for those of `stores` that have just begun to catch up, so that a write in the first moments
   * of a frontend reaches all servers that are there. Whoever is gone is not waited for, and nobody
   * for longer than `patienceMs` after it came. To be called before positions are taken.
   */
  async arrivals(
    stores: readonly StoreId[],
    patienceMs: number = LIMITS.arrivalMs,
    signal?: AbortSignal,
  ): Promise<void> {
    for (const store of stores) {
      const member = this.#members.get(store);
      if (member?.state !== 'catching-up' || signal?.aborted) continue;
      await this.#arrival(member, patienceMs, signal);
    }
  }

  async #arrival(member: Member, patienceMs: number, signal?: AbortSignal): Promise<void> {
    const leftMs = member.stateSinceMs + patienceMs - this.#clock.monotonicMs();
    if (leftMs <= 0) return;
    const over = deferred();
    const timer = this.#clock.schedule(leftMs, () => over.resolve());
    using _listening = this.onChange((changed) => {
      if (changed === member) over.resolve();
    });
    const stop = (): void => over.resolve();
    signal?.addEventListener('abort', stop);
    await over.promise;
    signal?.removeEventListener('abort', stop);
    timer.cancel();
  }

  /** The server left, or its connection is over. */
  disconnected(member: Member, reason: string): void {
    member.connection = undefined;
    member.abandonWrites(goneError(member, reason));
    this.change(member, 'gone', reason);
  }

  /** Somebody else found that a store cannot be waited for. */
  suspect(store: StoreId, reason: string): void {
    const member = this.#members.get(store);
    if (!member) return;
    member.suspicions++;
    this.#suspect(member, reason);
  }

  onChange(listener: MemberListener): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  /** Calls `listener` after this process was stopped, or could not look at its servers, for a while. */
  onPause(listener: () => void): Disposable {
    this.#pauseListeners.add(listener);
    return { [Symbol.dispose]: () => this.#pauseListeners.delete(listener) };
  }

  onEvent(listener: EventListener): Disposable {
    this.#eventListeners.add(listener);
    return { [Symbol.dispose]: () => this.#eventListeners.delete(listener) };
  }

  emit(kind: ClusterEvent['kind'], message: string, server?: string): void {
    const event = this.event(kind, message, server);
    for (const listener of this.#eventListeners) listener(event);
  }

  /** An event of this moment, not sent to anybody. */
  event(kind: ClusterEvent['kind'], message: string, server?: string): ClusterEvent {
    return {
      atMs: this.#clock.wallMs(),
      kind,
      ...(server === undefined ? {} : { server }),
      live: this.live.length,
      enrolled: this.#members.size,
      message,
    };
  }

  /** How many live, in words. */
  counts(): string {
    return `${this.live.length} of ${this.#members.size} live`;
  }

  [Symbol.dispose](): void {
    this.#time[Symbol.dispose]();
  }

  #announce(member: Member): void {
    const counts = this.counts();
    if (member.state === 'live')
      this.emit('server-live', `${member.name} is live, ${counts}`, member.name);
    if (member.state === 'gone')
      this.emit('server-gone', `${member.name} is gone, ${counts}`, member.name);
    if (member.state === 'suspect')
      this.emit('server-suspect', `${member.name} does not answer, ${counts}`, member.name);
  }

  #passVerdicts(missedMs: number): void {
    if (missedMs > 0) for (const listener of this.#pauseListeners) listener();
    const nowMs = this.#time.nowMs();
    const live = this.live;
    for (const member of live) {
      const boundMs = othersGoOn(member, live) ? LIMITS.writeStallMs : LIMITS.lastCandidateStallMs;
      if (member.stalledMs() > boundMs) this.#suspect(member, NO_PROGRESS);
    }
    for (const member of this.#slowness.look(this.live, LIMITS.verdictEveryMs)) {
      this.#suspect(member, TOO_SLOW);
    }
    for (const member of live) {
      if (nowMs - member.lastSeenMs > LIMITS.silenceMs) this.#suspect(member, 'It is silent.');
    }
  }

  #suspect(member: Member, reason: string): void {
    if (member.state !== 'live') return;
    member.abandonWrites(goneError(member, reason));
    this.change(member, 'suspect', reason);
  }
}

/**
 * Whether another server shows that writes go through, in half of the time that this one has had. A disk or a network that all of them share holds up all of them.
 */
function othersGoOn(member: Member, live: readonly Member[]): boolean {
  const limitMs = member.stalledMs() / 2;
  return live.some((other) => other !== member && other.live && other.paceMs() <= limitMs);
}

function goneError(member: Member, reason: string): HoldfastError {
  return new HoldfastError('unavailable', `${member.name} was given up: ${reason}`, {
    details: { server: member.name },
  });
}
