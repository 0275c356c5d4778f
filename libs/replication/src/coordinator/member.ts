import {
  HoldfastError,
  type Remote,
  type RosterEntry,
  type ServerState,
  type StoreContract,
  type StoreId,
  type StoreReport,
} from '@holdfast/contracts';
import type { Clock } from '@holdfast/kernel';

/** What a server said of itself when it registered, and the way to reach its store. */
export interface MemberConnection {
  readonly incarnation: number;
  readonly address: string;
  readonly pid: number;
  readonly remote: Remote<StoreContract>;
  /** The session that registered: nobody else speaks for the store. */
  readonly session: string;
  /** Aborts when the connection is over for good. */
  readonly ended: AbortSignal;
}

const LATENCY_WEIGHT = 0.2;

/**
 * One enrolled store as its coordinator sees it now. Writes and reads go through `write` and `read`,
 * which keep the figures that verdicts and choices are made from.
 */
export class Member {
  readonly store: StoreId;
  readonly name: string;
  readonly #clock: Clock;
  readonly #watchedMs: () => number;
  generation = 0;
  /** No new chunks go there. */
  retiring = false;
  /** It is about to be removed, and is sent nothing more. */
  leaving = false;
  state: ServerState = 'gone';
  reason: string | undefined = 'It has not connected since the frontend started.';
  connection: MemberConnection | undefined;
  report: StoreReport | undefined;
  /** When it came into its state. */
  stateSinceMs = 0;
  /** In watched time. */
  lastSeenMs = 0;
  /** On the wall clock, for people. */
  lastSeenWallMs = 0;
  /** The highest position that the store has named. */
  position = 0;
  latencyMs = 1;
  /** How long the write took that it answered last. */
  #lastWriteMs = 0;
  outstandingReads = 0;
  /** How often it was dropped from the view, also while it was not live. */
  suspicions = 0;
  /** Writes under way, oldest first, with the time that each began. */
  readonly #writes = new Map<AbortController, number>();
  readonly #transfers = new Set<AbortController>();
  #lastProgressMs = 0;

  /** `watchedMs` tells the time that verdicts count in. */
  constructor(
    entry: RosterEntry,
    clock: Clock,
    watchedMs: () => number = () => clock.monotonicMs(),
  ) {
    this.store = entry.store;
    this.name = entry.name;
    this.#clock = clock;
    this.#watchedMs = watchedMs;
  }

  /** Takes part in writes and is preferred for reads. */
  get live(): boolean {
    return this.state === 'live';
  }

  /** Can be asked for a chunk, if no better holder is there. */
  get reachable(): boolean {
    return this.connection !== undefined;
  }

  get acceptsWrites(): boolean {
    return this.live && !this.leaving && this.report?.refusesWrites === undefined;
  }

  connect(connection: MemberConnection, report: StoreReport): void {
    this.connection = connection;
    this.heard(report);
  }

  heard(report: StoreReport): void {
    this.report = report;
    this.position = Math.max(this.position, report.position);
    this.lastSeenMs = this.#watchedMs();
    this.lastSeenWallMs = this.#clock.wallMs();
  }

  /** Gives up all writes and transfers under way, so that nobody waits for this server any longer. */
  abandonWrites(reason: HoldfastError): void {
    const abandoned = [...this.#writes.keys(), ...this.#transfers];
    this.#writes.clear();
    this.#transfers.clear();
    for (const write of abandoned) write.abort(reason);
  }

  /** How long the oldest unanswered write has seen no write of this server succeed. */
  stalledMs(): number {
    const [oldest] = this.#writes.values();
    if (oldest === undefined) return 0;
    return this.#watchedMs() - Math.max(oldest, this.#lastProgressMs);
  }

  /** How long a write to it takes, by what was answered last and what is not answered yet. */
  paceMs(): number {
    return Math.max(this.stalledMs(), this.#lastWriteMs);
  }

  /** Somebody waits for it. */
  get isWriting(): boolean {
    return this.#writes.size > 0;
  }

  /** Runs a call that changes the store; rejects as soon as the server is dropped. */
  async write<T>(
    call: (remote: Remote<StoreContract>, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const remote = this.#remote();
    const write = new AbortController();
    const startedMs = this.#watchedMs();
    this.#writes.set(write, startedMs);
    try {
      const result = await call(remote, write.signal);
      this.#lastProgressMs = this.#watchedMs();
      this.#lastWriteMs = this.#lastProgressMs - startedMs;
      return result;
    } finally {
      this.#writes.delete(write);
    }
  }

  /**
   * Runs a call that may rightly take long, such as a repair: it is given up with the writes, but no
   * verdict is passed on how long it takes.
   */
  async transfer<T>(
    call: (remote: Remote<StoreContract>, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const remote = this.#remote();
    const transfer = new AbortController();
    this.#transfers.add(transfer);
    try {
      return await call(remote, transfer.signal);
    } finally {
      this.#transfers.delete(transfer);
    }
  }

  /** Runs a call that reads from the store, and measures it. */
  async read<T>(call: (remote: Remote<StoreContract>) => Promise<T>): Promise<T> {
    const remote = this.#remote();
    const startedMs = this.#clock.monotonicMs();
    this.outstandingReads++;
    try {
      return await call(remote);
    } finally {
      this.outstandingReads--;
      const tookMs = this.#clock.monotonicMs() - startedMs;
      this.latencyMs += LATENCY_WEIGHT * (tookMs - this.latencyMs);
    }
  }

  #remote(): Remote<StoreContract> {
    if (this.connection) return this.connection.remote;
    throw new HoldfastError('unavailable', `${this.name} is not connected.`, {
      details: { server: this.name },
    });
  }
}
