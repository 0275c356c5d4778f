import type { CallOptions } from '@holdfast/contracts';
import { HoldfastError } from '@holdfast/contracts';
import type { Clock } from '@holdfast/kernel';
import { createJSONRPCNotification, createJSONRPCRequest } from 'json-rpc-2.0';
import { attach, attachedBytes, checkAttachedBytes, detach, type Attached } from './attachments.ts';
import type { PeerLimits } from './handshake.ts';
import type { Lane, LaneRole } from './lane.ts';
import type { RmiLimits } from './limits.ts';
import type { CallMeta, RpcResponse } from './message.ts';
import { abortError, OutgoingCall, type RemoteMethod } from './outgoing-call.ts';
import { schemaProblem } from './schema-problem.ts';
import { fromWireError } from './wire-error.ts';

export interface OutgoingCallsParts {
  readonly clock: Clock;
  readonly limits: RmiLimits;
  /** Whether calls wait for a connection and are sent again after a break. */
  readonly repeats: boolean;
  /** The role that calls of a lane travel on now. */
  readonly roleFor: (lane: LaneRole) => LaneRole;
  readonly lane: (role: LaneRole) => Lane | undefined;
  /** Whether calls that are not early may go out. */
  readonly open: () => boolean;
  /** A call waits for a lane that is not there. */
  readonly laneNeeded: (role: LaneRole) => void;
  /** What the caller keeps by itself, by waiting. */
  readonly peerLimits: () => PeerLimits;
  /** Why no call can be made, if that is so. */
  readonly refusal: () => HoldfastError | undefined;
  /** Why there is no connection, as the end of a sentence. */
  readonly whyWaiting: () => string;
}

interface Load {
  calls: number;
  bytes: number;
}

/** The calls that this side of a session has made and that are not settled. */
export class OutgoingCalls {
  readonly #parts: OutgoingCallsParts;
  readonly #calls = new Map<number, OutgoingCall>();
  readonly #waiting: Record<LaneRole, Set<OutgoingCall>> = { main: new Set(), bulk: new Set() };
  readonly #load: Record<LaneRole, Load> = {
    main: { calls: 0, bytes: 0 },
    bulk: { calls: 0, bytes: 0 },
  };
  /** Numbers of changing calls without an answer, in rising order. */
  readonly #unanswered = new Set<number>();
  #lastId = 0;
  #lastNumber = 0;

  constructor(parts: OutgoingCallsParts) {
    this.#parts = parts;
  }

  /** Makes a call; resolves to its checked result. */
  call(
    remote: RemoteMethod,
    params: Readonly<Record<string, unknown>>,
    options: CallOptions = {},
    early = false,
  ): Promise<unknown> {
    try {
      return this.#begin(remote, params, options, early).result;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Handles an answer; its attachments are received from here on. */
  receive(response: RpcResponse, lane: Lane): void {
    const call = typeof response.id === 'number' ? this.#calls.get(response.id) : undefined;
    if (!call || call.lane !== lane || call.attached) return;
    if (response.error !== undefined && response.error !== null) {
      void this.#refused(call, fromWireError(response.error));
      return;
    }
    try {
      call.attached = attach(response.result, call.remote.result, lane);
    } catch (error) {
      this.#fail(call, unexpected(call, error));
      return;
    }
    const { values } = call.attached;
    if (values instanceof Promise) void this.#collect(call, values, call.attached, lane);
    else this.#finish(call, values, call.attached, lane);
  }

  /** Sends what waits, as far as lanes and limits allow. */
  flush(): void {
    this.#flushRole('main');
    this.#flushRole('bulk');
  }

  /** A lane is gone: what can be sent again waits for the next one, the rest fails. */
  laneClosed(lane: Lane, reason: HoldfastError): void {
    const again: OutgoingCall[] = [];
    for (const call of this.#calls.values()) {
      if (call.lane !== lane) continue;
      this.#release(call);
      if (this.#parts.repeats && call.remote.repeatable && !call.early) again.push(call);
      else this.#fail(call, reason);
    }
    if (again.length === 0) return;
    const waiting = this.#waiting[lane.role];
    const behind = [...waiting];
    waiting.clear();
    for (const call of [...again, ...behind]) waiting.add(call);
    this.#flushRole(lane.role);
  }

  /** The session goes on under another name: changes may not be repeated in it. */
  failSentChanges(reason: HoldfastError): void {
    for (const call of this.#calls.values()) {
      if (call.number !== undefined) this.#fail(call, reason);
    }
    this.#unanswered.clear();
    this.#lastNumber = 0;
  }

  failAll(reason: HoldfastError): void {
    for (const call of this.#calls.values()) this.#fail(call, reason);
  }

  #begin(
    remote: RemoteMethod,
    params: Readonly<Record<string, unknown>>,
    options: CallOptions,
    early: boolean,
  ): OutgoingCall {
    const refusal = this.#parts.refusal();
    if (refusal) throw refusal;
    if (options.signal?.aborted) throw abortError(remote.name, options.signal.reason);
    checkAttachedBytes(params, remote.params);
    const { clock, limits, roleFor } = this.#parts;
    const role = early ? 'main' : roleFor(remote.method.lane);
    if (this.#waiting[role].size >= limits.queuedCalls) {
      throw new HoldfastError(
        'limit-exceeded',
        `"${remote.name}": ${limits.queuedCalls} calls wait already${this.#parts.whyWaiting()}. Try again later.`,
      );
    }
    const timeoutMs = Math.min(options.timeoutMs ?? remote.method.timeoutMs, limits.callMs);
    const call = new OutgoingCall(++this.#lastId, remote, {
      params,
      role,
      early,
      attachedBytes: attachedBytes(params, remote.params),
      deadlineMs: clock.monotonicMs() + timeoutMs,
      options,
      onAbort: (aborted, reason) => this.#giveUp(aborted, reason),
    });
    this.#watch(call, timeoutMs, options.allowance);
    this.#calls.set(call.id, call);
    this.#waiting[role].add(call);
    this.#flushRole(role);
    return call;
  }

  #flushRole(role: LaneRole): void {
    const waiting = this.#waiting[role];
    if (waiting.size === 0) return;
    const lane = this.#parts.lane(role);
    if (!lane || lane.closed) {
      this.#parts.laneNeeded(role);
      return;
    }
    for (const call of waiting) {
      if (!call.early && !this.#parts.open()) continue;
      if (!this.#fits(call)) return;
      waiting.delete(call);
      this.#send(call, lane);
      if (lane.closed) return;
    }
  }

  #fits(call: OutgoingCall): boolean {
    const { calls, bytes } = this.#load[call.role];
    const { inFlightCalls, unreadBytes } = this.#parts.peerLimits();
    if (call.early || calls === 0) return true;
    return calls < inFlightCalls && bytes + call.attachedBytes <= unreadBytes;
  }

  #send(call: OutgoingCall, lane: Lane): void {
    call.lane = lane;
    const load = this.#load[call.role];
    load.calls++;
    load.bytes += call.attachedBytes;
    if (call.remote.method.changes && call.number === undefined) {
      call.number = ++this.#lastNumber;
      this.#unanswered.add(call.number);
    }
    this.#transmit(call, lane);
  }

  #transmit(call: OutgoingCall, lane: Lane): void {
    const { remote, id } = call;
    try {
      const { json, streams } = detach(call.params, remote.params, lane);
      call.streams = streams;
      const meta = this.#meta(call);
      const text = JSON.stringify({ ...createJSONRPCRequest(id, remote.name, json), meta });
      const { textChars } = this.#parts.peerLimits();
      if (text.length > textChars) {
        throw new HoldfastError(
          'limit-exceeded',
          `"${remote.name}": the parameters have ${text.length} characters, more than the ${textChars} allowed. Send less at once.`,
        );
      }
      lane.sendText(text);
    } catch (error) {
      this.#fail(call, error);
    }
  }

  #meta(call: OutgoingCall): CallMeta {
    const timeoutMs = Math.max(1, Math.round(call.deadlineMs - this.#parts.clock.monotonicMs()));
    if (call.number === undefined) return { timeoutMs };
    // The set is in rising order, and the call itself is in it.
    const [answeredBelow = call.number] = this.#unanswered;
    return { timeoutMs, number: call.number, answeredBelow };
  }

  /** The number is kept: an earlier attempt may have gone through at a daemon that died since. */
  async #refused(call: OutgoingCall, error: unknown): Promise<void> {
    const { again } = call;
    if (!again) return this.#fail(call, error);
    this.#release(call);
    this.#flushRole(call.role);
    const repeat = await again(error, call.errors++).catch(() => false);
    if (call.settled) return;
    if (!repeat) return this.#fail(call, error);
    this.#waiting[call.role].add(call);
    this.#flushRole(call.role);
  }

  async #collect(
    call: OutgoingCall,
    arriving: Promise<object>,
    attached: Attached,
    lane: Lane,
  ): Promise<void> {
    try {
      const values = await arriving;
      if (!call.settled && call.lane === lane) this.#finish(call, values, attached, lane);
    } catch (error) {
      // After a break the call has been taken off its lane, to be sent again.
      if (!call.settled && call.lane === lane) this.#fail(call, error);
    }
  }

  #finish(call: OutgoingCall, values: object, attached: Attached, lane: Lane): void {
    const parsed = call.remote.method.result.safeParse(values);
    if (!parsed.success) {
      this.#fail(call, unexpected(call, new Error(schemaProblem(parsed.error))));
      return;
    }
    this.#remove(call);
    call.resolve(parsed.data);
    if (!call.remote.repeatable) this.#endStreamsWith(call, attached, lane);
    this.#flushRole(call.role);
  }

  /** The caller's signal goes on to govern the streams of a result. */
  #endStreamsWith({ signal, remote }: OutgoingCall, { streams }: Attached, lane: Lane): void {
    if (!signal) return;
    const failure = (): HoldfastError => abortError(remote.name, signal.reason);
    for (const id of streams) lane.incoming.tie(id, signal, failure);
  }

  /** Ends the call when its time is up, or earlier where its caller allows it no more. */
  #watch(call: OutgoingCall, timeoutMs: number, allowance: CallOptions['allowance']): void {
    const { clock } = this.#parts;
    const arm = (ms: number): void => {
      const restMs = Math.min(ms, call.deadlineMs - clock.monotonicMs());
      call.deadline = clock.schedule(restMs, look);
    };
    const look = (): void => {
      if (!allowance || clock.monotonicMs() >= call.deadlineMs) {
        this.#expire(call, timeoutMs);
        return;
      }
      const more = allowance.renew();
      if (typeof more === 'number') arm(more);
      else this.#giveUp(call, more);
    };
    if (allowance) arm(allowance.firstMs);
    else call.deadline = clock.schedule(timeoutMs, look);
  }

  #expire(call: OutgoingCall, timeoutMs: number): void {
    const reason = call.lane
      ? new HoldfastError('timeout', `"${call.remote.name}" had no answer within ${timeoutMs} ms.`)
      : new HoldfastError(
          'unavailable',
          `"${call.remote.name}" could not be sent within ${timeoutMs} ms${this.#parts.whyWaiting()}.`,
        );
    this.#giveUp(call, reason);
  }

  #giveUp(call: OutgoingCall, reason: HoldfastError): void {
    if (call.settled) return;
    call.lane?.send(createJSONRPCNotification('rmi.cancel', { id: call.id }));
    this.#fail(call, reason);
  }

  #fail(call: OutgoingCall, error: unknown): void {
    if (call.settled) return;
    const { lane, attached } = call;
    this.#remove(call);
    for (const id of attached?.streams ?? []) lane?.incoming.cancel(id);
    call.reject(error);
    this.#flushRole(call.role);
  }

  #remove(call: OutgoingCall): void {
    this.#calls.delete(call.id);
    this.#waiting[call.role].delete(call);
    if (call.number !== undefined) this.#unanswered.delete(call.number);
    this.#release(call);
  }

  /** Takes a call off its lane. */
  #release(call: OutgoingCall): void {
    const { lane } = call;
    if (!lane) return;
    for (const id of call.streams) lane.outgoing.stop(id, 'failed', GIVEN_UP);
    const load = this.#load[call.role];
    load.calls--;
    load.bytes -= call.attachedBytes;
    call.lane = undefined;
    call.attached = undefined;
    call.streams = [];
  }
}

const GIVEN_UP = new HoldfastError('cancelled', 'The call that the stream belongs to is over.');

function unexpected(call: OutgoingCall, error: unknown): HoldfastError {
  const problem = error instanceof Error ? error.message : String(error);
  return new HoldfastError(
    'internal',
    `The answer to "${call.remote.name}" is not as agreed (${problem}). Are both sides of one version?`,
    { cause: error },
  );
}
