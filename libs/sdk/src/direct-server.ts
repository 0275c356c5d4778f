import type { ChunkLink, PutOutcome, TicketPut, TicketRead } from '@holdfast/contracts';
import {
  deferred,
  ProgressWatch,
  Semaphore,
  type ByteParts,
  type Clock,
  type LentParts,
  type Timer,
} from '@holdfast/kernel';
import { SDK_LIMITS } from './limits.ts';

export interface DirectServerOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly link: ChunkLink;
  /** How long whoever wants something may wait for the connection. */
  readonly patienceMs: number;
  /** The connection could not be made, is over, or moves nothing. Called once. */
  readonly onFailed: () => void;
  /** Nobody has wanted anything for a while. Called once, instead. */
  readonly onIdle: () => void;
}

/** One connection to a file server, for chunks with tickets. */
export class DirectServer {
  readonly name: string;
  /** Resolves when it is connected, has failed, or is not worth waiting for. */
  readonly waited: Promise<void>;
  /** Chunks that are under way, or wait for their turn. */
  outstanding = 0;
  readonly #turns = new Semaphore(SDK_LIMITS.directChunksInFlight);
  #ready = false;
  readonly #options: DirectServerOptions;
  readonly #progress: ProgressWatch;
  #idle: Timer | undefined;
  #isOver = false;

  constructor(options: DirectServerOptions) {
    this.#options = options;
    this.#progress = new ProgressWatch(options.clock);
    this.name = options.name;
    const { clock, link, patienceMs } = options;
    const waited = deferred();
    const patience = clock.schedule(patienceMs, () => waited.resolve());
    this.waited = waited.promise;
    link.ready
      .then(
        () => (this.#ready = true),
        () => this.fail(),
      )
      .finally(() => {
        patience.cancel();
        waited.resolve();
      });
    link.ended.addEventListener('abort', () => this.fail(), { once: true });
    this.#watchIdle();
  }

  get ready(): boolean {
    return this.#ready && !this.#isOver;
  }

  /**
   * Reads a chunk. Rejects as soon as the connection breaks, and when this server has moved nothing for
   * anybody here for a while; then it is given up.
   */
  read(wanted: TicketRead, signal: AbortSignal | undefined): Promise<LentParts> {
    return this.#inTurn(() => this.#options.link.read(wanted, signal), signal);
  }

  /** Puts a chunk there, and on the servers behind it; rejects as `read` does. */
  put(put: TicketPut, content: ByteParts, signal: AbortSignal | undefined): Promise<PutOutcome> {
    return this.#inTurn(() => this.#options.link.put(put, content, signal), signal);
  }

  /** Gives it up: whatever is under way rejects. */
  fail(): void {
    if (this.#isOver) return;
    this.close();
    this.#options.onFailed();
  }

  close(): void {
    this.#isOver = true;
    this.#idle?.cancel();
    this.#options.link.close();
  }

  async #inTurn<T>(move: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    this.outstanding++;
    this.#idle?.cancel();
    try {
      using _turn = await this.#turns.acquire(1, signal);
      using _watch = this.#progress.watch(SDK_LIMITS.directStallMs, () => this.fail());
      const moved = await move();
      this.#progress.moved();
      return moved;
    } finally {
      this.outstanding--;
      if (this.outstanding === 0) this.#watchIdle();
    }
  }

  #watchIdle(): void {
    if (this.#isOver) return;
    this.#idle = this.#options.clock.schedule(SDK_LIMITS.directIdleMs, () => {
      if (this.#isOver) return;
      this.close();
      this.#options.onIdle();
    });
  }
}
