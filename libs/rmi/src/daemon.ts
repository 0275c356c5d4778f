import type { CallerSession, Contract, Implementation } from '@holdfast/contracts';
import { HoldfastError, PROTOCOL_NUMBER } from '@holdfast/contracts';
import { randomHex, sleep, type Clock, type Random, type Timer } from '@holdfast/kernel';
import { createJSONRPCSuccessResponse } from 'json-rpc-2.0';
import { CLOSE, type Acceptor, type CloseReason } from './connection.ts';
import { Dispatcher, exposure } from './dispatcher.ts';
import { equalText } from './equal-text.ts';
import { HeldBytes, ownerOf } from './held-bytes.ts';
import { HELLO_METHOD, peerLimitsOf, readHello, type Hello } from './handshake.ts';
import { Lane, type LaneParts, type LaneReceiver } from './lane.ts';
import { RMI_LIMITS, type RmiLimits } from './limits.ts';
import { SILENT_LOG, type RmiLog } from './log.ts';
import { asRequest, errorAnswer, idOf } from './message.ts';
import { Session, type RmiSession, type SessionOwner } from './session.ts';
import { answerSingleRequest } from './single-request.ts';
import { isRecord } from './wire-error.ts';

export interface DaemonOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** What callers see this part called. */
  readonly name: string;
  /** `PROTOCOL_NUMBER` unless given. */
  readonly protocol?: number;
  readonly features?: readonly string[];
  readonly limits?: Partial<RmiLimits>;
  readonly log?: RmiLog;
}

/** Exposes objects to whoever connects. Disposing closes it at once. */
export interface Daemon extends AsyncDisposable {
  readonly name: string;
  readonly limits: RmiLimits;
  readonly log: RmiLog;
  /** Makes an object callable under its contract's name. */
  expose<C extends Contract>(contract: C, implementation: Implementation<C>): void;
  /** Takes a connection of any transport. */
  readonly accept: Acceptor;
  /** Hears of every new session, before its first call. Returns what ends that. */
  onSession(listener: (session: RmiSession) => void): () => void;
  /** Sessions that are connected, or whose owner may return. */
  readonly sessions: ReadonlySet<RmiSession>;
  /** The session behind a `CallContext`, to call its owner back. */
  sessionOf(caller: Pick<CallerSession, 'id'>): RmiSession | undefined;
  /** Answers JSON-RPC text that came without a connection; nothing for mere notifications. */
  answer(body: string, caller: CallerSession): Promise<string | undefined>;
  /**
   * Takes no new calls, gives those under way `graceMs` to finish, or `limits.closeGraceMs`, then closes
   * all connections. Disposing gives them no time.
   */
  close(options?: { readonly graceMs?: number }): Promise<void>;
}

export function createDaemon(options: DaemonOptions): Daemon {
  return new ExposingDaemon(options);
}

class ExposingDaemon implements Daemon, SessionOwner {
  readonly name: string;
  readonly limits: RmiLimits;
  readonly log: RmiLog;
  readonly dialled = false;
  readonly parts: LaneParts;
  readonly dispatcher: Dispatcher;
  readonly accept: Acceptor;
  readonly #options: DaemonOptions;
  readonly #protocol: number;
  readonly #byId = new Map<string, Session>();
  readonly #sessions = new Set<Session>();
  /** Connections that have said nothing, with what ends them. */
  readonly #handshakes = new Map<Lane, Timer>();
  readonly #graces = new Map<Session, Timer>();
  readonly #revoked = new Set<string>();
  readonly #listeners = new Set<(session: RmiSession) => void>();
  readonly #singleRequests = new Set<Promise<unknown>>();
  #draining = false;

  constructor(options: DaemonOptions) {
    this.#options = options;
    this.name = options.name;
    this.limits = { ...RMI_LIMITS, ...options.limits };
    this.log = options.log ?? SILENT_LOG;
    this.#protocol = options.protocol ?? PROTOCOL_NUMBER;
    const held = new HeldBytes(this.limits.heldBytes);
    this.parts = { clock: options.clock, limits: this.limits, log: this.log, held };
    this.dispatcher = new Dispatcher(this.log);
    this.accept = (connection, remoteAddress) => {
      if (this.#draining) return connection.close(CLOSE.goingAway, 'Shutting down');
      this.#makeRoomForHandshake();
      const lane = new Lane(connection, 'main', this.#greeter(remoteAddress), this.parts);
      const silence = options.clock.schedule(this.limits.handshakeMs, () =>
        lane.close(CLOSE.silent, 'Nothing was said'),
      );
      this.#handshakes.set(lane, silence);
    };
  }

  get sessions(): ReadonlySet<RmiSession> {
    return this.#sessions;
  }

  expose<C extends Contract>(contract: C, implementation: Implementation<C>): void {
    this.dispatcher.expose(exposure(contract, implementation));
  }

  onSession(listener: (session: RmiSession) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  sessionOf({ id }: Pick<CallerSession, 'id'>): RmiSession | undefined {
    return this.#byId.get(id);
  }

  async answer(body: string, session: CallerSession): Promise<string | undefined> {
    const { dispatcher, parts } = this;
    if (this.#draining) throw new HoldfastError('unavailable', `${this.name} is shutting down.`);
    const answer = answerSingleRequest({ body, session, dispatcher, parts });
    this.#singleRequests.add(answer);
    try {
      return await answer;
    } finally {
      this.#singleRequests.delete(answer);
    }
  }

  async close(options: { readonly graceMs?: number } = {}): Promise<void> {
    const { graceMs = this.limits.closeGraceMs } = options;
    this.#draining = true;
    const finished = new AbortController();
    const sessions = [...this.#sessions].map((session) => session.idle());
    const idle = Promise.all([...sessions, ...this.#singleRequests]);
    const grace = sleep(this.#options.clock, graceMs, finished.signal).catch(() => {});
    await Promise.race([idle, grace]);
    finished.abort();
    for (const lane of this.#handshakes.keys()) lane.close(CLOSE.goingAway, 'Shutting down');
    for (const session of this.#sessions) this.#over(session, CLOSE.goingAway, 'shutting down');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close({ graceMs: 0 });
  }

  open(): boolean {
    return true;
  }

  draining(): boolean {
    return this.#draining;
  }

  whyWaiting(): string {
    return '';
  }

  closed(): HoldfastError | undefined {
    return undefined;
  }

  openBulk(): void {}

  ended(session: Session, reason: string): void {
    this.#revoked.add(session.id);
    const [oldest] = this.#revoked;
    if (this.#revoked.size > this.limits.revokedSessions && oldest) this.#revoked.delete(oldest);
    this.#over(session, CLOSE.sessionEnded, reason);
  }

  laneLost(session: Session, lane: Lane, reason: CloseReason): void {
    if (lane.role === 'bulk' || session.ended.aborted) return;
    // Only who has proven something has something to come back to.
    const mayReturn = session.identity.returns && session.principal && reason.code !== CLOSE.left;
    if (!mayReturn) return this.#over(session, CLOSE.left, 'the other end left');
    const { sessionGraceMs } = this.limits;
    const grace = this.#options.clock.schedule(sessionGraceMs, () =>
      this.#over(session, CLOSE.left, `the other end did not return within ${sessionGraceMs} ms`),
    );
    this.#graces.set(session, grace);
  }

  #greeter(remoteAddress: string): LaneReceiver {
    return {
      maxTextChars: this.limits.strangerTextChars,
      owner: ownerOf({ principal: undefined, remoteAddress }),
      message: (message, lane, chars) => {
        this.#handshakeOver(lane);
        this.#greet(message, lane, remoteAddress, chars);
      },
      laneClosed: (lane) => this.#handshakeOver(lane),
    };
  }

  /** Of many who say nothing the first leaves: who means it has said hello by then. */
  #makeRoomForHandshake(): void {
    const [oldest] = this.#handshakes.keys();
    const isFull = this.#handshakes.size >= this.limits.handshakes;
    if (isFull) oldest?.close(CLOSE.limit, 'Too many connections without a hello');
  }

  #handshakeOver(lane: Lane): void {
    this.#handshakes.get(lane)?.cancel();
    this.#handshakes.delete(lane);
  }

  #greet(message: unknown, lane: Lane, remoteAddress: string, chars: number): void {
    try {
      if (isRecord(message) && message['method'] === HELLO_METHOD) {
        const request = asRequest(message, this.limits);
        const hello = readHello(request.params, this.#protocol, this.name);
        this.#welcome(hello, lane, remoteAddress, idOf(message));
      } else {
        this.#startBareSession(lane, remoteAddress);
        lane.receiver.message(message, lane, chars);
      }
    } catch (error) {
      if (!(error instanceof HoldfastError)) this.log.error({ err: error }, 'A handshake failed');
      lane.send(errorAnswer(idOf(message), error));
      lane.close(CLOSE.refused, error instanceof HoldfastError ? error.code : 'internal');
    }
  }

  #welcome(hello: Hello, lane: Lane, remoteAddress: string, id: string | number | null): void {
    lane.role = hello.role;
    const known = this.#find(hello);
    if (!known) this.#checkRoom();
    const features = (this.#options.features ?? []).filter((f) => hello.features.includes(f));
    const session = known ?? this.#startSession(hello, remoteAddress, features);
    session.identity = { ...session.identity, remoteAddress };
    this.#graces.get(session)?.cancel();
    this.#graces.delete(session);
    const { name, limits } = this;
    const protocol = this.#protocol;
    // It may be known from a moment ago, when whoever it is had not said so yet.
    const resumed = known?.principal !== undefined;
    const answer = { protocol, name, features, resumed, limits: peerLimitsOf(limits) };
    lane.send(createJSONRPCSuccessResponse(id, answer));
    session.attach(lane);
  }

  /** The session that a hello belongs to, if there is one. */
  #find({ session: id, secret, role }: Hello): Session | undefined {
    if (this.#revoked.has(id)) {
      throw new HoldfastError('handle-gone', 'This session was ended. Open another one.');
    }
    const session = this.#byId.get(id);
    if (session && !equalText(session.identity.secret, secret)) {
      throw new HoldfastError('forbidden', 'This session belongs to somebody else.');
    }
    if (session || role === 'main') return session;
    throw new HoldfastError('handle-gone', 'There is no such session to add a connection to.');
  }

  #startSession(hello: Hello, remoteAddress: string, features: readonly string[]): Session {
    return this.#add(
      new Session(
        {
          id: hello.session,
          secret: hello.secret,
          name: hello.name,
          features,
          remoteAddress,
          bulk: hello.bulk,
          limits: hello.limits ?? this.limits,
          returns: true,
        },
        this,
      ),
    );
  }

  /** For clients that know JSON-RPC and nothing of us: one connection, no return. */
  #startBareSession(lane: Lane, remoteAddress: string): void {
    this.#checkRoom();
    const session = new Session(
      {
        id: randomHex(this.#options.random, 16),
        secret: '',
        name: '',
        features: [],
        remoteAddress,
        bulk: false,
        limits: this.limits,
        returns: false,
      },
      this,
    );
    this.#add(session).attach(lane);
  }

  #checkRoom(): void {
    const { sessions } = this.limits;
    if (this.#draining) throw new HoldfastError('unavailable', `${this.name} is shutting down.`);
    if (this.#sessions.size < sessions) return;
    const stranger = [...this.#sessions].find(({ principal }) => !principal);
    if (stranger) return this.#over(stranger, CLOSE.limit, 'others need the room');
    throw new HoldfastError('limit-exceeded', `${this.name} has ${sessions} sessions. Try later.`);
  }

  #add(session: Session): Session {
    this.#byId.set(session.id, session);
    this.#sessions.add(session);
    for (const listener of this.#listeners) listener(session);
    return session;
  }

  #over(session: Session, code: number, reason: string): void {
    this.#graces.get(session)?.cancel();
    this.#graces.delete(session);
    this.#sessions.delete(session);
    if (this.#byId.get(session.id) === session) this.#byId.delete(session.id);
    session.finish(code, reason);
  }
}
