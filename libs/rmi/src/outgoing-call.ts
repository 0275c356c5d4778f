import type { CallOptions, Method } from '@holdfast/contracts';
import { HoldfastError } from '@holdfast/contracts';
import type { Timer } from '@holdfast/kernel';
import type { Attached, Attachments } from './attachments.ts';
import type { Lane, LaneRole } from './lane.ts';

/** A method as its callers use it. */
export interface RemoteMethod {
  /** `contract.method`, as on the wire. */
  readonly name: string;
  readonly method: Method;
  readonly params: Attachments;
  readonly result: Attachments;
  /** No stream among parameters and result: the call can be sent again. */
  readonly repeatable: boolean;
}

/** A call to the other end, until it is answered or given up. */
export class OutgoingCall {
  readonly id: number;
  readonly remote: RemoteMethod;
  readonly params: Readonly<Record<string, unknown>>;
  readonly role: LaneRole;
  /** Made while the connection is being set up: goes out at once, and is never sent again. */
  readonly early: boolean;
  /** Bytes that come with the parameters. */
  readonly attachedBytes: number;
  readonly deadlineMs: number;
  readonly result: Promise<unknown>;
  /** Where it was sent; nothing while it waits. */
  lane: Lane | undefined = undefined;
  /** The streams of its parameters on that lane. */
  streams: readonly number[] = [];
  /** The result's attachments, once an answer has come. */
  attached: Attached | undefined = undefined;
  /** The number of a changing call, from its first sending on. */
  number: number | undefined = undefined;
  deadline: Timer | undefined = undefined;
  settled = false;
  /** Errors that were answered, after which the call was made again. */
  errors = 0;
  readonly again: CallOptions['again'];
  readonly signal: AbortSignal | undefined;
  readonly #onAbort: () => void;
  #resolve: (value: unknown) => void = () => {};
  #reject: (reason: unknown) => void = () => {};

  constructor(
    id: number,
    remote: RemoteMethod,
    init: Pick<OutgoingCall, 'params' | 'role' | 'early' | 'attachedBytes' | 'deadlineMs'> & {
      readonly options: CallOptions;
      readonly onAbort: (call: OutgoingCall, reason: HoldfastError) => void;
    },
  ) {
    this.id = id;
    this.remote = remote;
    this.params = init.params;
    this.role = init.role;
    this.early = init.early;
    this.attachedBytes = init.attachedBytes;
    this.deadlineMs = init.deadlineMs;
    this.signal = init.options.signal;
    this.again = remote.repeatable && !init.early ? init.options.again : undefined;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#onAbort = () => init.onAbort(this, abortError(remote.name, this.signal?.reason));
    this.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  resolve(value: unknown): void {
    this.#settle();
    this.#resolve(value);
  }

  reject(reason: unknown): void {
    this.#settle();
    this.#reject(reason);
  }

  #settle(): void {
    this.settled = true;
    this.deadline?.cancel();
    this.signal?.removeEventListener('abort', this.#onAbort);
  }
}

export function abortError(name: string, reason: unknown): HoldfastError {
  if (reason instanceof HoldfastError) return reason;
  return new HoldfastError('cancelled', `"${name}" was cancelled.`, { cause: reason });
}
