import type { CallerSession, Contract, Principal, Remote } from '@holdfast/contracts';
import { HoldfastError } from '@holdfast/contracts';
import { createJSONRPCNotification } from 'json-rpc-2.0';
import { CLOSE, type CloseReason } from './connection.ts';
import type { Dispatcher } from './dispatcher.ts';
import { ownerOf } from './held-bytes.ts';
import { HELLO_METHOD, type PeerLimits } from './handshake.ts';
import { IncomingCalls } from './incoming-calls.ts';
import type { Lane, LaneParts, LaneReceiver, LaneRole } from './lane.ts';
import { isResponse, type RpcRequest } from './message.ts';
import { OutgoingCalls } from './outgoing-calls.ts';
import { createProxy } from './proxy.ts';
import { isRecord } from './wire-error.ts';

/** The other end of a session, which can be called as well as it can call. */
export interface RmiSession extends CallerSession {
  /** What the other end calls itself; proves nothing. Empty for a client without a handshake. */
  readonly name: string;
  /** What both sides can do. */
  readonly features: readonly string[];
  /** Has a connection now. A session outlives its connection for a while. */
  readonly connected: boolean;
  /** The objects that the other end exposes over its connection. */
  proxy<C extends Contract>(contract: C): Remote<C>;
  /** Hears when the connection is lost and when it is back. Returns what ends that. */
  onConnected(listener: (connected: boolean) => void): () => void;
}

/** What a session needs from the daemon or link that it belongs to. */
export interface SessionOwner {
  /** Whether this side dialled: then its calls wait for a connection, and are sent again. */
  readonly dialled: boolean;
  readonly parts: LaneParts;
  readonly dispatcher: Dispatcher;
  /** The calls of authenticated sessions may go out. */
  open(): boolean;
  draining(): boolean;
  /** Why calls wait or are refused, as the end of a sentence. */
  whyWaiting(): string;
  closed(): HoldfastError | undefined;
  openBulk(): void;
  laneLost(session: Session, lane: Lane, reason: CloseReason): void;
  /** The session was ended by code on this side. */
  ended(session: Session, reason: string): void;
}

export interface SessionIdentity {
  readonly id: string;
  readonly secret: string;
  readonly name: string;
  readonly features: readonly string[];
  readonly remoteAddress: string;
  /** The two sides use a second connection for large transfers. */
  readonly bulk: boolean;
  readonly limits: PeerLimits;
  /** The other end returns after a break and asks again. */
  readonly returns: boolean;
}

/** Two sides that call each other, over whichever connections they have at the moment. */
export class Session implements RmiSession, LaneReceiver {
  principal: Principal | undefined = undefined;
  identity: SessionIdentity;
  readonly calls: OutgoingCalls;
  readonly requests: IncomingCalls;
  readonly #owner: SessionOwner;
  readonly #lanes: Record<LaneRole, Lane | undefined> = { main: undefined, bulk: undefined };
  readonly #ended = new AbortController();
  readonly #listeners = new Set<(connected: boolean) => void>();

  constructor(identity: SessionIdentity, owner: SessionOwner) {
    this.identity = identity;
    this.#owner = owner;
    const { clock, limits, held } = owner.parts;
    this.calls = new OutgoingCalls({
      clock,
      limits,
      repeats: owner.dialled,
      roleFor: (role) => (this.identity.bulk ? role : 'main'),
      lane: (role) => this.#lanes[role],
      open: () => owner.open(),
      laneNeeded: (role) => this.#needLane(role),
      peerLimits: () => this.identity.limits,
      refusal: () => this.#refusal(),
      whyWaiting: () => owner.whyWaiting(),
    });
    this.requests = new IncomingCalls({
      session: this,
      dispatcher: owner.dispatcher,
      clock,
      limits,
      held,
      callerRepeats: () => this.identity.returns,
      draining: () => owner.draining(),
      control: (request) => this.#control(request),
    });
  }

  get id(): string {
    return this.identity.id;
  }

  get name(): string {
    return this.identity.name;
  }

  get features(): readonly string[] {
    return this.identity.features;
  }

  get remoteAddress(): string {
    return this.identity.remoteAddress;
  }

  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get connected(): boolean {
    return this.#lanes.main !== undefined;
  }

  get maxTextChars(): number {
    const { textChars, strangerTextChars } = this.#owner.parts.limits;
    return this.principal || this.#owner.dialled ? textChars : strangerTextChars;
  }

  proxy<C extends Contract>(contract: C): Remote<C> {
    return createProxy(contract, (remote, params, options) =>
      this.calls.call(remote, params, options),
    );
  }

  /** The same, but its calls go out before the session is open, and never twice. */
  earlyProxy<C extends Contract>(contract: C): Remote<C> {
    return createProxy(contract, (remote, params, options) =>
      this.calls.call(remote, params, options, true),
    );
  }

  onConnected(listener: (connected: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  end(reason: string): void {
    this.#owner.ended(this, reason);
  }

  lane(role: LaneRole): Lane | undefined {
    return this.#lanes[role];
  }

  /** Resolves once all calls are answered and the bytes of the answers have left. */
  async idle(): Promise<void> {
    await this.requests.idle();
    const lanes = [this.#lanes.main, this.#lanes.bulk];
    await Promise.all(lanes.flatMap((lane) => (lane ? [lane.outgoing.bytesSent()] : [])));
  }

  /** Makes `lane` the connection for its role; one that had that role is closed. */
  attach(lane: Lane): void {
    const before = this.#lanes[lane.role];
    const wasConnected = this.connected;
    this.#lanes[lane.role] = lane;
    lane.receiver = this;
    before?.close(CLOSE.superseded, 'The session has a newer connection');
    if (!wasConnected && this.connected) this.#tell(true);
    this.calls.flush();
  }

  /** Closes the connections, but not the session. */
  disconnect(code: number, reason: string): void {
    this.#lanes.bulk?.close(code, reason);
    this.#lanes.main?.close(code, reason);
  }

  /** The session is over for good. */
  finish(code: number, reason: string): void {
    if (this.#ended.signal.aborted) return;
    const failure = new HoldfastError('disconnected', `The session is over: ${reason}.`);
    this.#ended.abort(failure);
    this.requests.abortAll(failure);
    this.disconnect(code, reason);
    this.calls.failAll(this.#owner.closed() ?? failure);
  }

  get owner(): string {
    return ownerOf(this);
  }

  message(value: unknown, lane: Lane, chars: number): void {
    if (isResponse(value)) this.calls.receive(value, lane);
    else this.requests.receive(value, lane, chars);
  }

  laneClosed(lane: Lane, reason: CloseReason): void {
    const isCurrent = this.#lanes[lane.role] === lane;
    if (isCurrent) this.#lanes[lane.role] = undefined;
    const why = reason.reason || `code ${reason.code}`;
    const failure = new HoldfastError(
      'disconnected',
      `The connection to ${this.name || this.remoteAddress} was lost (${why}). Try again.`,
    );
    this.calls.laneClosed(lane, failure);
    this.requests.laneClosed(lane, failure);
    if (!isCurrent) return;
    if (lane.role === 'main') {
      this.#lanes.bulk?.close(reason.code === CLOSE.broken ? CLOSE.left : reason.code, why);
      this.#tell(false);
    }
    this.#owner.laneLost(this, lane, reason);
  }

  #tell(connected: boolean): void {
    for (const listener of this.#listeners) listener(connected);
  }

  #refusal(): HoldfastError | undefined {
    const closed = this.#owner.closed();
    if (closed) return closed;
    if (this.#owner.dialled || this.connected) return undefined;
    return new HoldfastError('disconnected', `${this.name || 'The other end'} is not connected.`);
  }

  /** The dialling side opens connections; the other side can only ask for one. */
  #needLane(role: LaneRole): void {
    if (role === 'main') return;
    if (this.#owner.dialled) this.#owner.openBulk();
    else this.#lanes.main?.send(createJSONRPCNotification('rmi.openBulk'));
  }

  #control({ method, params }: RpcRequest): boolean {
    if (method === 'rmi.cancel') {
      const reason = new HoldfastError('cancelled', 'The caller cancelled the call.');
      this.requests.cancel(isRecord(params) ? params['id'] : undefined, reason);
      return true;
    }
    if (method === 'rmi.openBulk') {
      if (this.#owner.dialled) this.#owner.openBulk();
      return true;
    }
    if (method !== HELLO_METHOD) return false;
    throw new HoldfastError('invalid-request', `"${HELLO_METHOD}" can only come first.`);
  }
}
