import type { CallContext, CallerSession, CallNumber } from '@holdfast/contracts';
import { HoldfastError } from '@holdfast/contracts';
import type { Clock, Timer } from '@holdfast/kernel';
import type { JSONRPCID } from 'json-rpc-2.0';
import type { Attached, Attachments } from './attachments.ts';
import { ownerOf } from './held-bytes.ts';
import type { Lane } from './lane.ts';
import type { RmiLimits } from './limits.ts';
import type { CallMeta, RpcRequest } from './message.ts';
import { isRecord } from './wire-error.ts';

const NO_ATTACHMENTS: Attachments = new Map();

/** Books bytes, and what streams may leave unread. */
export type Hold = (bytes: number, windowBytes: number) => () => void;

/** What an incoming call needs to know of where it came from. */
export interface CallOrigin {
  readonly session: CallerSession;
  /** Where the answer goes; absent for a single HTTP request. */
  readonly lane: Lane | undefined;
  readonly clock: Clock;
  readonly limits: RmiLimits;
  /** Books parameters until what it returns is called; throws if they are too many. */
  readonly hold: Hold;
}

/** A call from the other end, from its arrival until its answer and result streams are through. */
export class IncomingCall implements CallContext {
  readonly id: JSONRPCID | undefined;
  readonly session: CallerSession;
  readonly limits: RmiLimits;
  readonly correlationId: string;
  /** Changes when the caller has reconnected and asks again. */
  lane: Lane | undefined;
  call: CallNumber | undefined = undefined;
  /** The caller sends it again by itself when it has lost the answer. */
  repeatable = false;
  /** It was found in order, and its implementation has it. */
  taken = false;
  /** Bytes of the parameters are still on their way. */
  arriving = false;
  /** Result streams that are not through. */
  openStreams = 0;
  /** Who answers for what it holds, now and when that is given back. */
  readonly owner: string;
  /** How the result is written; known once the method is. */
  resultAttachments: Attachments = NO_ATTACHMENTS;
  readonly #hold: Hold;
  readonly #meta: CallMeta;
  readonly #clock: Clock;
  #attached: Attached | undefined;
  #release: (() => void) | undefined;
  #deadline: Timer | undefined;
  #controller: AbortController | undefined;
  #aborted: HoldfastError | undefined;
  #onAbort: ((reason: HoldfastError) => void) | undefined;

  constructor(request: RpcRequest, origin: CallOrigin) {
    this.id = request.id;
    this.session = origin.session;
    this.owner = ownerOf(origin.session);
    this.lane = origin.lane;
    this.limits = origin.limits;
    this.#hold = origin.hold;
    this.#clock = origin.clock;
    this.#meta = isRecord(request.meta) ? (request.meta as CallMeta) : {};
    const given = this.#meta.correlationId;
    this.correlationId =
      typeof given === 'string' && given.length <= 128
        ? given
        : `${origin.session.id.slice(0, 8)}-${request.id ?? 'notification'}`;
  }

  /** Made on first use: most calls never look at it. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort(this.#aborted);
    return this.#controller.signal;
  }

  /** Starts the deadline, and reads the number if the method changes something. */
  begin(methodName: string, methodTimeoutMs: number, changes: boolean): void {
    const asked = this.#meta.timeoutMs;
    const timeoutMs = Math.min(
      isWhole(asked) && asked > 0 ? asked : methodTimeoutMs,
      this.limits.callMs,
    );
    this.#deadline = this.#clock.schedule(timeoutMs, () =>
      this.abort(
        new HoldfastError('timeout', `"${methodName}" was not done within ${timeoutMs} ms.`),
      ),
    );
    const { number, answeredBelow } = this.#meta;
    // A single request is a session by itself, in which nothing can be repeated.
    if (!changes || !isWhole(number) || !this.lane) return;
    this.call = {
      session: callerKey(this.session),
      number,
      answeredBelow: isWhole(answeredBelow) ? Math.min(answeredBelow, number) : 0,
    };
  }

  /** The parameters, once they are complete. Throws if they would hold too much memory. */
  receive(attached: Attached): Promise<object> | object {
    this.#attached = attached;
    const { heldBytes, windowBytes, values } = attached;
    if (heldBytes + windowBytes > 0) this.#release = this.#hold(heldBytes, windowBytes);
    return values instanceof Promise ? this.#arrival(values) : values;
  }

  /** Rejects as soon as the call is aborted. */
  #arrival(values: Promise<object>): Promise<object> {
    this.arriving = true;
    return new Promise((resolve, reject) => {
      const end = <T>(settle: (outcome: T) => void) => {
        return (outcome: T): void => {
          this.arriving = false;
          this.#onAbort = undefined;
          settle(outcome);
        };
      };
      this.#onAbort = end(reject);
      values.then(end(resolve), end(reject));
    });
  }

  /**
   * The implementation has answered: only its result streams may go on, without a deadline. Lets go
   * of parameters, also of streams that it has not read to the end.
   */
  answered(): void {
    this.#deadline?.cancel();
    for (const stream of this.#attached?.streams ?? []) this.lane?.incoming.cancel(stream);
    this.#attached = undefined;
    this.#release?.();
    this.#release = undefined;
  }

  abort(reason: HoldfastError): void {
    if (this.#aborted) return;
    this.#aborted = reason;
    this.#deadline?.cancel();
    this.#controller?.abort(reason);
    this.#onAbort?.(reason);
  }
}

/**
 * Whose calls are numbered. The id of a session is chosen by whoever dials, and forgotten here when
 * the session is over: to another user the same id must tell nothing of earlier answers (§P9).
 */
function callerKey({ id, principal }: CallerSession): string {
  if (!principal) return id;
  return `${id} ${principal.kind === 'user' ? `user:${principal.user}` : `part:${principal.name}`}`;
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
