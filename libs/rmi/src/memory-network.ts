import { HoldfastError } from '@holdfast/contracts';
import { joinParts, type Clock } from '@holdfast/kernel';
import {
  CLOSE,
  type Acceptor,
  type CloseReason,
  type Connection,
  type ConnectionReceiver,
  type DialOptions,
  type Transport,
} from './connection.ts';

export interface MemoryNetworkOptions {
  readonly clock: Clock;
  /** Milliseconds that a message takes between two places, asked for each; 0 unless given. */
  readonly delayMs?: (from: string, to: string) => number;
}

/** Chooses connections by the names of their two ends, or ways between two places. */
export type LinkFilter = (from: string, to: string) => boolean;

/**
 * Connections inside one process, for tests and the simulator: ordered, with delays that the clock
 * decides, and able to break. Nothing in it is random.
 */
export class MemoryNetwork {
  readonly #options: MemoryNetworkOptions;
  readonly #listeners = new Map<string, Acceptor>();
  readonly #ends = new Set<MemoryConnection>();
  #blocked: LinkFilter = () => false;

  constructor(options: MemoryNetworkOptions) {
    this.#options = options;
  }

  /** Takes connections to `address` until disposed. Existing ones stay. */
  listen(address: string, accept: Acceptor): Disposable {
    if (this.#listeners.has(address)) {
      throw new HoldfastError('already-exists', `Somebody listens on ${address} already.`);
    }
    this.#listeners.set(address, accept);
    return { [Symbol.dispose]: () => void this.#listeners.delete(address) };
  }

  /** Dials from the place called `from`. */
  transport(from: string): Transport {
    return { dial: (address, options) => this.#dial(from, address, options) };
  }

  /** How many connections there are now. */
  get connections(): number {
    return [...this.#ends].filter((end) => end.dialled && !end.closed).length;
  }

  /**
   * Breaks connections, at both ends at once and with all that is under way on them. The filter is
   * asked for each with the dialling end first.
   */
  cut(filter: LinkFilter = () => true): number {
    const chosen = [...this.#ends].filter(
      (end) => end.dialled && !end.closed && filter(end.here, end.there),
    );
    for (const end of chosen) end.break();
    return chosen.length;
  }

  /** What was at a place ends: what it sent still arrives, and then its connections close. */
  leave(place: string): void {
    for (const end of [...this.#ends]) {
      if (end.here === place) end.close(CLOSE.broken, 'connection broken');
    }
  }

  /**
   * From now on nothing passes on these ways, neither messages nor closes; the other way may be open.
   * Nobody can dial unless both are. What was held back arrives once another filter lets it.
   */
  block(filter: LinkFilter): void {
    this.#blocked = filter;
    for (const end of this.#ends) end.deliverDue();
  }

  async #dial(from: string, to: string, { signal }: DialOptions): Promise<Connection> {
    const { clock, delayMs = () => 0 } = this.#options;
    signal.throwIfAborted();
    return await new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      clock.schedule(delayMs(from, to), () => {
        if (signal.aborted || this.#blocked(from, to) || this.#blocked(to, from)) return;
        const accept = this.#listeners.get(to);
        if (!accept) return reject(new HoldfastError('unavailable', `nobody listens on ${to}`));
        const [near, far] = this.#pair(from, to);
        accept(far, from);
        resolve(near);
      });
    });
  }

  #pair(from: string, to: string): [MemoryConnection, MemoryConnection] {
    const { clock, delayMs = () => 0 } = this.#options;
    const onOver = (end: MemoryConnection): void => void this.#ends.delete(end);
    const near = new MemoryConnection({
      here: from,
      there: to,
      dialled: true,
      clock,
      delayMs,
      blocked: () => this.#blocked(from, to),
      onOver,
    });
    const far = new MemoryConnection({
      here: to,
      there: from,
      dialled: false,
      clock,
      delayMs,
      blocked: () => this.#blocked(to, from),
      onOver,
    });
    near.peer = far;
    far.peer = near;
    this.#ends.add(near).add(far);
    return [near, far];
  }
}

interface MemoryEnd {
  readonly here: string;
  readonly there: string;
  readonly dialled: boolean;
  readonly clock: Clock;
  readonly delayMs: (from: string, to: string) => number;
  readonly blocked: () => boolean;
  readonly onOver: (end: MemoryConnection) => void;
}

class MemoryConnection implements Connection {
  peer: MemoryConnection | undefined = undefined;
  backlogBytes = 0;
  readonly arrivingBytes = 0;
  readonly #end: MemoryEnd;
  #receiver: ConnectionReceiver | undefined;
  #early: (string | Uint8Array)[] = [];
  #closedFor: CloseReason | undefined;
  readonly #underWay: ((peer: MemoryConnection) => void)[] = [];
  /** How many of those under way have travelled long enough. */
  #due = 0;
  /** This end takes nothing now. */
  #paused = false;
  /** No message overtakes another. */
  #lastArrivalMs = 0;

  constructor(end: MemoryEnd) {
    this.#end = end;
  }

  get here(): string {
    return this.#end.here;
  }

  get there(): string {
    return this.#end.there;
  }

  get dialled(): boolean {
    return this.#end.dialled;
  }

  get closed(): boolean {
    return this.#closedFor !== undefined;
  }

  get remoteAddress(): string {
    return this.#end.there;
  }

  /** Delivers what has travelled long enough, unless the way is blocked. */
  deliverDue(): void {
    while (this.#due > 0 && this.peer && !this.peer.#paused && !this.#end.blocked()) {
      this.#due--;
      this.#underWay.shift()?.(this.peer);
    }
    this.#settle();
  }

  send(text: string): void {
    this.#deliver(text, text.length);
  }

  sendBytes(parts: readonly Uint8Array[]): void {
    const message = joinParts(parts);
    this.#deliver(message, message.length);
  }

  ping(): void {
    this.#later((peer) => {
      if (!peer.#closedFor) peer.#later((here) => here.#heardOf());
    });
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.peer?.deliverDue();
  }

  receive(receiver: ConnectionReceiver): void {
    this.#receiver = receiver;
    const early = this.#early;
    this.#early = [];
    for (const message of early) receiver.message(message);
    if (this.#closedFor) receiver.closed(this.#closedFor);
  }

  close(code: number, reason: string): void {
    if (this.#closedFor) return;
    this.#later((peer) => peer.#finish({ code, reason }));
    this.#finish({ code, reason });
  }

  /** The connection breaks, now and at both ends. */
  break(): void {
    const broken = { code: CLOSE.broken, reason: 'connection broken' };
    const { peer } = this;
    if (peer) peer.#finish(broken);
    this.#finish(broken);
  }

  #deliver(message: string | Uint8Array, bytes: number): void {
    if (this.#closedFor) return;
    this.backlogBytes += bytes;
    this.#later((peer) => {
      this.backlogBytes -= bytes;
      peer.#arrive(message);
      if (!this.#closedFor) this.#receiver?.drained();
    });
  }

  #arrive(message: string | Uint8Array): void {
    if (this.#closedFor) return;
    if (this.#receiver) this.#receiver.message(message);
    else this.#early.push(message);
  }

  #heardOf(): void {
    if (!this.#closedFor) this.#receiver?.alive();
  }

  #later(task: (peer: MemoryConnection) => void): void {
    const { clock, delayMs, here, there } = this.#end;
    const nowMs = clock.monotonicMs();
    this.#lastArrivalMs = Math.max(nowMs + delayMs(here, there), this.#lastArrivalMs);
    this.#underWay.push(task);
    clock.schedule(this.#lastArrivalMs - nowMs, () => {
      this.#due++;
      this.deliverDue();
    });
  }

  #finish(reason: CloseReason): void {
    if (this.#closedFor) return;
    this.#closedFor = reason;
    this.#receiver?.closed(reason);
    this.#settle();
  }

  /** Closed, with nothing of it under way any more. */
  #settle(): void {
    if (this.#closedFor && this.#underWay.length === 0) this.#end.onOver(this);
  }
}
