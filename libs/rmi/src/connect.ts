import type { CallerSession, Contract, Remote } from '@holdfast/contracts';
import { HoldfastError, PROTOCOL_NUMBER } from '@holdfast/contracts';
import { deadline, deferred, randomHex, sleep, type Deferred } from '@holdfast/kernel';
import { Backoff } from './backoff.ts';
import { CLOSE, type CloseReason, type Connection } from './connection.ts';
import { Dispatcher } from './dispatcher.ts';
import { greet } from './greeting.ts';
import { HeldBytes } from './held-bytes.ts';
import { peerLimitsOf, type Hello, type HelloAnswer } from './handshake.ts';
import type { Lane, LaneParts, LaneRole } from './lane.ts';
import { RMI_LIMITS, type RmiLimits } from './limits.ts';
import type { ConnectingPeer, ConnectOptions, Link, LinkState } from './link.ts';
import { SILENT_LOG } from './log.ts';
import { Session, type SessionOwner } from './session.ts';
import { webSocketTransport } from './websocket-transport.ts';

/** Opens a link; it connects in the background. `ready` waits for it. */
export function connect(options: ConnectOptions): Link {
  return new ReconnectingLink(options);
}

class ReconnectingLink implements Link, SessionOwner {
  readonly dialled = true;
  readonly parts: LaneParts;
  readonly dispatcher: Dispatcher;
  readonly #options: ConnectOptions;
  readonly #limits: RmiLimits;
  readonly #session: Session;
  readonly #backoff: Backoff;
  readonly #closing = new AbortController();
  readonly #listeners = new Set<(state: LinkState) => void>();
  readonly #finished: Promise<void>;
  #state: LinkState;
  #addressIndex = 0;
  #lost: Deferred<CloseReason> = deferred();
  #dialsBulk = false;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#limits = { ...RMI_LIMITS, ...options.limits };
    const log = options.log ?? SILENT_LOG;
    // There is one other end, chosen by this side: what it may cost is bounded per connection.
    const held = new HeldBytes(Number.POSITIVE_INFINITY);
    this.parts = { clock: options.clock, limits: this.#limits, log, held };
    this.dispatcher = new Dispatcher(log);
    for (const exposed of options.expose ?? []) this.dispatcher.expose(exposed);
    this.#backoff = new Backoff(this.#limits, options.random);
    const address = options.addresses[0];
    if (address === undefined) {
      throw new HoldfastError('invalid-argument', 'There is no address to connect to. Give one.');
    }
    this.#state = { phase: 'connecting', address, daemon: '', reason: '', error: undefined };
    this.#session = new Session(
      {
        ...this.#newSecrets(),
        name: '',
        features: [],
        remoteAddress: address,
        bulk: true,
        limits: this.#limits,
        returns: false,
      },
      this,
    );
    if (options.onState) this.#listeners.add(options.onState);
    this.#finished = this.#run();
  }

  get state(): LinkState {
    return this.#state;
  }

  get session(): CallerSession {
    return this.#session;
  }

  proxy<C extends Contract>(contract: C): Remote<C> {
    return this.#session.proxy(contract);
  }

  async ready(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const settled = deferred();
    const check = (): void => {
      if (this.#state.phase === 'connected') settled.resolve();
      else if (this.#state.phase === 'closed') settled.reject(this.closed());
    };
    const onAbort = (): void => settled.reject(signal?.reason);
    const stop = this.onState(check);
    signal?.addEventListener('abort', onAbort, { once: true });
    check();
    try {
      await settled.promise;
    } finally {
      stop();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  onState(listener: (state: LinkState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#shut('it was closed', undefined);
    await this.#finished;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  open(): boolean {
    return this.#state.phase === 'connected';
  }

  draining(): boolean {
    return false;
  }

  whyWaiting(): string {
    const { phase, address, reason } = this.#state;
    if (phase === 'connected') return '';
    return `: no connection to ${address}${reason && ` (${reason})`}`;
  }

  closed(): HoldfastError | undefined {
    const { phase, reason, error, address } = this.#state;
    if (phase !== 'closed') return undefined;
    return (
      error ?? new HoldfastError('disconnected', `The connection to ${address} is over: ${reason}.`)
    );
  }

  ended(session: Session, reason: string): void {
    session.disconnect(CLOSE.left, reason);
  }

  laneLost(_session: Session, lane: Lane, reason: CloseReason): void {
    if (lane.role === 'main') this.#lost.resolve(reason);
    else if (this.#options.bulk === 'eager') this.openBulk();
  }

  openBulk(): void {
    if (this.#dialsBulk || this.#closing.signal.aborted || !this.#session.connected) return;
    this.#dialsBulk = true;
    void this.#keepDiallingBulk().finally(() => {
      this.#dialsBulk = false;
      this.#session.calls.flush();
    });
  }

  async #run(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const startedMs = this.parts.clock.monotonicMs();
      const reason = await this.#connectOnce();
      if (this.#closing.signal.aborted) return;
      const lastedMs = this.parts.clock.monotonicMs() - startedMs;
      if (lastedMs >= this.#limits.steadyMs) this.#backoff.reset();
      this.#change({ phase: 'connecting', reason });
      await this.#pause();
    }
  }

  /** Connects and waits until the connection is lost; resolves to why there is none. */
  async #connectOnce(): Promise<string> {
    const { addresses, authenticate, bulk } = this.#options;
    const address = addresses[this.#addressIndex % addresses.length] ?? '';
    this.#change({ address });
    let resumed = false;
    try {
      this.#lost = deferred();
      await this.#open('main', (answer) => {
        resumed = answer.resumed;
        this.#adopt(answer, address);
      });
      if (bulk === 'eager') this.openBulk();
      const session = this.#session;
      const { name: daemon, features } = session;
      const lost = this.#lost.promise.then(({ reason }): never => {
        throw new HoldfastError('disconnected', reason || 'the connection was lost');
      });
      const proxy: ConnectingPeer['proxy'] = (contract) => session.earlyProxy(contract);
      const authenticated = authenticate?.({ session, daemon, features, resumed, proxy });
      await Promise.race([authenticated, lost]);
    } catch (error) {
      this.#session.disconnect(CLOSE.left, 'The connection could not be set up');
      return this.#failed(error);
    }
    if (this.#session.connected) {
      this.#change({ phase: 'connected', daemon: this.#session.name, reason: '' });
      this.#session.calls.flush();
    }
    const { code, reason } = await this.#lost.promise;
    if (code === CLOSE.sessionEnded) this.#renewSession(reason);
    return reason || `connection lost (${code})`;
  }

  #failed(error: unknown): string {
    const known =
      error instanceof HoldfastError
        ? error
        : new HoldfastError('internal', 'Connecting failed unexpectedly.', { cause: error });
    this.#addressIndex++;
    if (known.code === 'handle-gone') this.#renewSession(known.message);
    else if (this.#givesUpOn(known)) this.#shut(known.message, known);
    return known.message;
  }

  #givesUpOn(error: HoldfastError): boolean {
    const { givesUpOn } = this.#options;
    return givesUpOn ? givesUpOn(error) : !error.retryable;
  }

  /** Dials the present address and says hello; `onAccepted` runs before anything that follows. */
  async #open(role: LaneRole, onAccepted: (answer: HelloAnswer) => void): Promise<Lane> {
    const { protocol = PROTOCOL_NUMBER, features = [], name } = this.#options;
    const { id: session, secret } = this.#session.identity;
    const limits = peerLimitsOf(this.#limits);
    const connection = await this.#dial();
    const hello: Hello = { protocol, name, features, session, secret, role, bulk: true, limits };
    return await greet(connection, {
      hello,
      parts: this.parts,
      onAccepted: (answer, lane) => {
        if (this.#closing.signal.aborted) return lane.close(CLOSE.left, 'Closed');
        onAccepted(answer);
        this.#session.attach(lane);
      },
    });
  }

  async #dial(): Promise<Connection> {
    const { transport = webSocketTransport() } = this.#options;
    const { address } = this.#state;
    const { dialMs } = this.#limits;
    using limit = deadline(
      this.parts.clock,
      dialMs,
      () => new HoldfastError('unavailable', `no connection within ${dialMs} ms`),
    );
    const signal = AbortSignal.any([limit.signal, this.#closing.signal]);
    return await transport.dial(address, { limits: this.#limits, signal });
  }

  /** Whoever was there before has proven nothing for who is there now. */
  #adopt({ name, features, limits }: HelloAnswer, remoteAddress: string): void {
    const session = this.#session;
    session.principal = undefined;
    session.identity = { ...session.identity, name, features, limits, remoteAddress };
  }

  /** The daemon has ended the session: what it did in it cannot be repeated in another. */
  #renewSession(reason: string): void {
    const session = this.#session;
    session.identity = { ...session.identity, ...this.#newSecrets() };
    session.calls.failSentChanges(
      new HoldfastError('disconnected', `The session was ended (${reason}). Try again.`),
    );
  }

  #newSecrets(): { id: string; secret: string } {
    const { random } = this.#options;
    return { id: randomHex(random, 16), secret: randomHex(random, 16) };
  }

  async #keepDiallingBulk(): Promise<void> {
    const backoff = new Backoff(this.#limits, this.#options.random);
    const main = this.#session.lane('main');
    while (main && this.#session.lane('main') === main) {
      try {
        await this.#open('bulk', () => {
          // Meanwhile the session may have moved to another daemon.
          if (this.#session.lane('main') === main) return;
          throw new HoldfastError('disconnected', 'the session has moved');
        });
        return;
      } catch (error) {
        this.parts.log.debug({ err: error }, 'The connection for large transfers failed');
      }
      await sleep(this.parts.clock, backoff.nextMs(), this.#closing.signal).catch(() => {});
    }
  }

  /** While it is connected, or connecting, its socket keeps the process alive; meanwhile this does. */
  async #pause(): Promise<void> {
    const { clock } = this.parts;
    const pauseMs = this.#backoff.nextMs();
    await sleep(clock, pauseMs, this.#closing.signal, { keepsAlive: true }).catch(() => {});
  }

  #shut(reason: string, error: HoldfastError | undefined): void {
    if (this.#closing.signal.aborted) return;
    this.#change({ phase: 'closed', reason, error });
    this.#closing.abort(this.closed());
    this.#session.finish(CLOSE.left, reason);
    this.#lost.resolve({ code: CLOSE.left, reason });
  }

  #change(change: Partial<LinkState>): void {
    if (this.#state.phase === 'closed') return;
    const before = this.#state;
    this.#state = { ...before, ...change };
    const names = Object.keys(change) as (keyof LinkState)[];
    if (names.every((name) => before[name] === this.#state[name])) return;
    for (const listener of this.#listeners) listener(this.#state);
  }
}
