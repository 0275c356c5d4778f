import type { CallerSession } from '@holdfast/contracts';
import { HoldfastError } from '@holdfast/contracts';
import type { Clock } from '@holdfast/kernel';
import { createJSONRPCSuccessResponse, type JSONRPCID, type JSONRPCResponse } from 'json-rpc-2.0';
import { detach, type Detached } from './attachments.ts';
import type { Dispatcher } from './dispatcher.ts';
import { overloaded, ownerOf, type HeldBytes } from './held-bytes.ts';
import { IncomingCall } from './incoming-call.ts';
import type { Lane, LaneRole } from './lane.ts';
import { WIRE_LIMITS, type RmiLimits } from './limits.ts';
import { asRequest, errorAnswer, idOf, type RpcRequest } from './message.ts';

export interface IncomingCallsParts {
  readonly session: CallerSession;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly limits: RmiLimits;
  readonly held: HeldBytes;
  /** Whether the other end, after a break, asks again for what can be repeated. */
  readonly callerRepeats: () => boolean;
  /** Calls are taken no more: those that are repeated elsewhere stay unanswered. */
  readonly draining: () => boolean;
  /** Answers the protocol's own methods; false for a method that is not one of them. */
  readonly control: (request: RpcRequest, lane: Lane) => boolean;
}

/** The calls that the other end of a session has made and that are not over. */
export class IncomingCalls {
  readonly #parts: IncomingCallsParts;
  readonly #calls = new Set<IncomingCall>();
  readonly #byId = new Map<JSONRPCID, IncomingCall>();
  readonly #running: Record<LaneRole, number> = { main: 0, bulk: 0 };
  readonly #heldBytes: Record<LaneRole, number> = { main: 0, bulk: 0 };
  #onIdle: (() => void)[] = [];

  constructor(parts: IncomingCallsParts) {
    this.#parts = parts;
  }

  /** Calls that are not answered. */
  get running(): number {
    return this.#running.main + this.#running.bulk;
  }

  /** Resolves once no call is unanswered. */
  idle(): Promise<void> {
    if (this.running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  /** Takes a message that had so many characters. */
  receive(message: unknown, lane: Lane, chars: number): void {
    if (Array.isArray(message)) return this.#receiveBatch(message, lane, chars);
    const answer = this.#start(message, lane, chars);
    if (answer) void answer.then((reply) => this.#send([reply], false, lane));
  }

  /** The caller has no use for an answer any more. */
  cancel(id: unknown, reason: HoldfastError): void {
    this.#byId.get(id as JSONRPCID)?.abort(reason);
  }

  /** A connection broke: aborts the calls whose caller does not ask for them again. */
  laneClosed(lane: Lane, reason: HoldfastError): void {
    const repeats = this.#parts.callerRepeats();
    for (const call of this.#calls) {
      if (call.lane !== lane) continue;
      if (repeats && call.repeatable && !call.arriving) continue;
      call.abort(reason);
      this.#forget(call);
    }
  }

  abortAll(reason: HoldfastError): void {
    for (const call of this.#calls) call.abort(reason);
  }

  #receiveBatch(batch: readonly unknown[], lane: Lane, chars: number): void {
    const { limits } = this.#parts;
    if (batch.length === 0 || batch.length > limits.batchCalls) {
      const error = new HoldfastError(
        batch.length === 0 ? 'invalid-request' : 'limit-exceeded',
        `A batch has 1 to ${limits.batchCalls} calls, not ${batch.length}.`,
      );
      lane.send(errorAnswer(null, error));
      return;
    }
    const answers = batch
      .map((message) => this.#start(message, lane, chars / batch.length))
      .filter((a) => a !== undefined);
    void Promise.all(answers).then((replies) => this.#send(replies, true, lane));
  }

  #start(message: unknown, lane: Lane, chars: number): Promise<Reply> | undefined {
    let request: RpcRequest | undefined;
    try {
      request = asRequest(message, this.#parts.limits);
      if (this.#parts.control(request, lane)) return undefined;
      if (this.#isRepetition(request, lane) || this.#isLeftToOthers(request)) return undefined;
      this.#checkLoad(request, lane);
      const release = this.#bookText(chars);
      const answer = this.#run(request, lane);
      return release ? answer.finally(release) : answer;
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      lane.refused();
      if (request && request.id === undefined) return undefined;
      const response = errorAnswer(idOf(message), error);
      return Promise.resolve({ response, call: undefined });
    }
  }

  /** A call that was under way when its connection broke is asked for again: it goes on. */
  #isRepetition({ id }: RpcRequest, lane: Lane): boolean {
    const call = id === undefined ? undefined : this.#byId.get(id);
    if (!call) return false;
    if (!call.lane?.closed) {
      throw new HoldfastError('invalid-request', `A call with the id ${id} is still under way.`);
    }
    call.lane = lane;
    return true;
  }

  #isLeftToOthers({ method }: RpcRequest): boolean {
    if (!this.#parts.draining()) return false;
    if (this.#parts.callerRepeats() && this.#parts.dispatcher.isRepeatable(method)) return true;
    throw new HoldfastError('unavailable', 'This part is shutting down. Try again in a moment.');
  }

  #checkLoad({ method }: RpcRequest, { role }: Lane): void {
    const { limits } = this.#parts;
    if (this.#running[role] < limits.inFlightCalls) return;
    throw new HoldfastError(
      'limit-exceeded',
      `"${method.slice(0, 128)}": ${limits.inFlightCalls} calls are unanswered on this connection. Wait for answers.`,
    );
  }

  /** Counts the text of a request with what all connections hold, until that is called off. */
  #bookText(chars: number): (() => void) | undefined {
    if (chars <= WIRE_LIMITS.uncountedChars) return undefined;
    return this.#book(ownerOf(this.#parts.session), chars);
  }

  #book(owner: string, bytes: number): () => void {
    const { held } = this.#parts;
    if (!held.take(owner, bytes)) throw overloaded(bytes);
    return () => held.give(owner, bytes);
  }

  async #run(request: RpcRequest, lane: Lane): Promise<Reply> {
    const { session, clock, limits, dispatcher } = this.#parts;
    const { role } = lane;
    const hold = (bytes: number, windowBytes: number): (() => void) => {
      this.#checkHeld(bytes, role);
      const release = this.#book(call.owner, bytes + windowBytes);
      this.#heldBytes[role] += bytes;
      return () => {
        this.#heldBytes[role] -= bytes;
        release();
      };
    };
    const call: IncomingCall = new IncomingCall(request, { session, lane, clock, limits, hold });
    call.repeatable = dispatcher.isRepeatable(request.method);
    this.#calls.add(call);
    if (typeof request.id === 'string' || typeof request.id === 'number') {
      this.#byId.set(request.id, call);
    }
    this.#running[role]++;
    const response = await dispatcher.receive(request, call);
    return { response, call };
  }

  #checkHeld(bytes: number, role: LaneRole): void {
    const held = this.#heldBytes[role] + bytes;
    const { unreadBytes } = this.#parts.limits;
    if (held <= unreadBytes) return;
    throw new HoldfastError(
      'limit-exceeded',
      `The calls of this connection would hold ${held} bytes, more than the ${unreadBytes} allowed. Wait for answers.`,
    );
  }

  /** Writes answers out; a batch's as one array, even of one. */
  #send(replies: readonly Reply[], batch: boolean, arrivedOn: Lane): void {
    const written: string[] = [];
    let lane = arrivedOn;
    for (const { response, call } of replies) {
      lane = call?.lane ?? arrivedOn;
      if (call) this.#running[arrivedOn.role]--;
      if (response) written.push(this.#write(response, call, lane));
      else if (call) this.#forget(call);
    }
    if (written.length > 0) lane.sendText(batch ? `[${written.join(',')}]` : (written[0] ?? ''));
    if (this.running > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }

  #write(response: JSONRPCResponse, call: IncomingCall | undefined, lane: Lane): string {
    let detached: Detached | undefined;
    try {
      if (!call || !response.result) return JSON.stringify(response);
      detached = detach(response.result, call.resultAttachments, lane, {
        onStreamDone: () => this.#streamDone(call),
        book: (bytes) => this.#book(call.owner, bytes),
      });
      call.openStreams = call.repeatable ? 0 : detached.streams.length;
      const text = JSON.stringify(createJSONRPCSuccessResponse(response.id, detached.json));
      const { textChars } = this.#parts.limits;
      if (text.length <= textChars) return text;
      throw new HoldfastError(
        'limit-exceeded',
        `The answer of ${text.length} characters is longer than the ${textChars} allowed. Ask for less at once.`,
      );
    } catch (cause) {
      const error =
        cause instanceof HoldfastError
          ? cause
          : new HoldfastError('internal', 'The answer could not be written.', { cause });
      for (const stream of detached?.streams ?? []) lane.outgoing.stop(stream, 'failed', error);
      return JSON.stringify(errorAnswer(response.id, error, call?.correlationId));
    } finally {
      if (call && call.openStreams === 0) this.#forget(call);
    }
  }

  #streamDone(call: IncomingCall): void {
    call.openStreams--;
    if (call.openStreams > 0) return;
    // Wakes a generator that waits for its next item and would not notice that nobody reads.
    call.abort(new HoldfastError('cancelled', 'The result has been read, or is not wanted.'));
    this.#forget(call);
  }

  #forget(call: IncomingCall): void {
    this.#calls.delete(call);
    if (call.id !== undefined && this.#byId.get(call.id) === call) this.#byId.delete(call.id);
  }
}

interface Reply {
  /** Nothing for a notification. */
  readonly response: JSONRPCResponse | undefined;
  readonly call: IncomingCall | undefined;
}
