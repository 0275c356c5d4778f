import type { ByteParts } from '@holdfast/kernel';
import { partsLength } from '@holdfast/kernel';
import * as z from 'zod';
import type { HoldfastError } from './errors.ts';
import { CALL_LIMITS } from './limits.ts';

/**
 * Who may call a method: anybody who connects; a user with a valid session; an administrator; a part
 * that has proven the cluster key.
 */
export type Access = 'public' | 'user' | 'admin' | 'cluster';

/** How a top-level member of parameters or result travels, other than in JSON. */
export type AttachmentKind = 'bytes' | 'byteStream' | 'items';

interface Attachment {
  readonly kind: AttachmentKind;
  /** Bytes that `bytes` may have at most. */
  readonly maxBytes: number;
  /** The schema of each item of `items`. */
  readonly item?: z.ZodType;
}

const attachments = new WeakMap<z.ZodType, Attachment>();

/** A run of bytes that is held in memory as a whole, at most `maxBytes` long. Never in JSON. */
export function bytes(maxBytes: number): z.ZodType<ByteParts> {
  const schema = z.custom<ByteParts>(
    (value) =>
      Array.isArray(value) &&
      value.every((part) => part instanceof Uint8Array) &&
      partsLength(value as ByteParts) <= maxBytes,
    { message: `expected at most ${maxBytes} bytes` },
  );
  attachments.set(schema, { kind: 'bytes', maxBytes });
  return schema;
}

/** Bytes of any number, in order, with flow control. */
export function byteStream(): z.ZodType<ReadableStream<Uint8Array>> {
  const schema = z.custom<ReadableStream<Uint8Array>>((value) => value instanceof ReadableStream, {
    message: 'expected a stream of bytes',
  });
  attachments.set(schema, { kind: 'byteStream', maxBytes: Number.POSITIVE_INFINITY });
  return schema;
}

/** Values of one kind, in order, with flow control. Each is checked against `item`. */
export function items<T extends z.ZodType>(item: T): z.ZodType<AsyncIterable<z.infer<T>>> {
  const schema = z.custom<AsyncIterable<z.infer<T>>>(
    (value) => typeof value === 'object' && value !== null && Symbol.asyncIterator in value,
    { message: 'expected a stream of items' },
  );
  attachments.set(schema, { kind: 'items', maxBytes: 0, item });
  return schema;
}

/** The members of an object schema that travel outside JSON, by name. */
export function attachmentsOf(schema: z.ZodObject): ReadonlyMap<string, Attachment> {
  const found = new Map<string, Attachment>();
  for (const [name, member] of Object.entries(schema.shape)) {
    const inner = member instanceof z.ZodOptional ? member.unwrap() : member;
    const attachment = attachments.get(inner as z.ZodType);
    if (attachment) found.set(name, attachment);
  }
  return found;
}
export type { Attachment };

export interface Method<P extends z.ZodObject = z.ZodObject, R extends z.ZodObject = z.ZodObject> {
  /** One sentence for people, in help pages and the description of the contract. */
  readonly summary: string;
  readonly params: P;
  readonly result: R;
  readonly access: Access;
  /** Changes something: the call carries a number, and repeating it gives the first answer. */
  readonly changes: boolean;
  /** `bulk`: travels on the connection for large transfers, so that it delays no small call. */
  readonly lane: 'main' | 'bulk';
  /** The deadline where the caller gives none. */
  readonly timeoutMs: number;
}

type MethodOptions<P extends z.ZodObject, R extends z.ZodObject> = Pick<
  Method<P, R>,
  'summary' | 'access' | 'params' | 'result'
> &
  Partial<Pick<Method, 'changes' | 'lane' | 'timeoutMs'>>;

/** Declares one method; by default it changes nothing and travels on the main connection. */
export function method<P extends z.ZodObject, R extends z.ZodObject>(
  options: MethodOptions<P, R>,
): Method<P, R> {
  return { changes: false, lane: 'main', timeoutMs: CALL_LIMITS.callMs, ...options };
}

export interface Contract<M extends Record<string, Method> = Record<string, Method>> {
  /** The name of the object that has these methods; on the wire a method is `name.method`. */
  readonly name: string;
  readonly methods: M;
}

export function contract<const M extends Record<string, Method>>(
  name: string,
  methods: M,
): Contract<M> {
  return { name, methods };
}

/** The number of a changing call: unique for ever, so that a repetition can be recognised. */
export interface CallNumber {
  /** Names the caller's RMI session and its user, so that no user is answered as another one was. */
  readonly session: string;
  readonly number: number;
  /** The caller has the answers of all calls below this number, and will not repeat them. */
  readonly answeredBelow: number;
}

/** Who is at the other end of a session, once it has proven it. */
export type Principal =
  | {
      readonly kind: 'user';
      readonly user: string;
      readonly admin: boolean;
      readonly login: string;
    }
  | {
      readonly kind: 'part';
      readonly part: 'server' | 'frontend' | 'admin';
      readonly name: string;
    };

/** The session that a call came through, as an implementation sees it. */
export interface CallerSession {
  readonly id: string;
  /** The caller's network address, for throttling and logs. */
  readonly remoteAddress: string;
  principal: Principal | undefined;
  /** Aborts when the session is over: left, idle for too long, or revoked. */
  readonly ended: AbortSignal;
  /** Ends the session now and closes its connections. */
  end(reason: string): void;
}

/** What an implementation is told about a call besides its parameters. */
export interface CallContext {
  readonly session: CallerSession;
  /** Aborts at the deadline, when the caller cancels, and when its session ends. */
  readonly signal: AbortSignal;
  /** Present for methods that change something. */
  readonly call: CallNumber | undefined;
  readonly correlationId: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /**
   * Asked when the answer is an error, with the number of earlier errors. Where it resolves true the
   * call is made again under its own number: a change whose first answer was lost is not made twice.
   */
  readonly again?: (error: unknown, earlier: number) => Promise<boolean>;
  /** A limit below `timeoutMs`, which the caller may move each time that it is reached. */
  readonly allowance?: Allowance;
}

/** How long a call may take, as far as its caller knows now. */
export interface Allowance {
  /** Milliseconds from the call until `renew` is asked for the first time. */
  readonly firstMs: number;
  /** Milliseconds until it is asked again, or the error that the call ends with. */
  readonly renew: () => number | HoldfastError;
}

type Params<M> = M extends Method<infer P> ? z.infer<P> : never;
type Result<M> = M extends Method<z.ZodObject, infer R> ? z.infer<R> : never;

/** The object as its owner writes it. */
export type Implementation<C extends Contract> = {
  readonly [N in keyof C['methods']]: (
    params: Params<C['methods'][N]>,
    context: CallContext,
  ) => Promise<Result<C['methods'][N]>>;
};

/** The object as its callers see it. */
export type Remote<C extends Contract> = {
  readonly [N in keyof C['methods']]: (
    params: Params<C['methods'][N]>,
    options?: CallOptions,
  ) => Promise<Result<C['methods'][N]>>;
};
