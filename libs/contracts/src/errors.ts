/**
 * Every error that crosses a boundary has one of these codes. `rpc` is its JSON-RPC number (each
 * used once), `retryable` tells whether the same call may succeed later without a change by the
 * caller, `exit` is the exit class of the command line.
 */
export const ERROR_CODES = {
  // JSON-RPC 2.0's own
  'parse-error': { rpc: -32700, retryable: false, exit: 'usage' },
  'invalid-request': { rpc: -32600, retryable: false, exit: 'usage' },
  'method-not-found': { rpc: -32601, retryable: false, exit: 'usage' },
  'invalid-argument': { rpc: -32602, retryable: false, exit: 'usage' },
  internal: { rpc: -32603, retryable: false, exit: 'failed' },
  // Who asks
  unauthenticated: { rpc: -32001, retryable: false, exit: 'refused' },
  forbidden: { rpc: -32002, retryable: false, exit: 'refused' },
  throttled: { rpc: -32003, retryable: true, exit: 'refused' },
  // What is asked for
  'not-found': { rpc: -32010, retryable: false, exit: 'not-found' },
  'already-exists': { rpc: -32011, retryable: false, exit: 'conflict' },
  'not-a-folder': { rpc: -32012, retryable: false, exit: 'conflict' },
  'is-a-folder': { rpc: -32013, retryable: false, exit: 'conflict' },
  'not-empty': { rpc: -32014, retryable: false, exit: 'conflict' },
  'version-conflict': { rpc: -32015, retryable: false, exit: 'conflict' },
  'upload-gone': { rpc: -32016, retryable: false, exit: 'conflict' },
  'handle-gone': { rpc: -32017, retryable: true, exit: 'unavailable' },
  // What the cluster can do now
  unavailable: { rpc: -32020, retryable: true, exit: 'unavailable' },
  'too-few-copies': { rpc: -32021, retryable: true, exit: 'unavailable' },
  'read-only': { rpc: -32022, retryable: true, exit: 'unavailable' },
  'no-space': { rpc: -32023, retryable: true, exit: 'unavailable' },
  timeout: { rpc: -32024, retryable: true, exit: 'unavailable' },
  cancelled: { rpc: -32025, retryable: false, exit: 'interrupted' },
  disconnected: { rpc: -32026, retryable: true, exit: 'unavailable' },
  overloaded: { rpc: -32029, retryable: true, exit: 'unavailable' },
  'limit-exceeded': { rpc: -32027, retryable: true, exit: 'refused' },
  // What the caller's own computer cannot do now; it never crosses the wire
  'local-disk-full': { rpc: -32028, retryable: false, exit: 'failed' },
  // What was found on disk or on the wire
  damaged: { rpc: -32030, retryable: false, exit: 'damaged' },
  poisoned: { rpc: -32031, retryable: false, exit: 'unavailable' },
  'protocol-mismatch': { rpc: -32032, retryable: false, exit: 'refused' },
  'format-mismatch': { rpc: -32033, retryable: false, exit: 'refused' },
  // Who commands
  'stale-epoch': { rpc: -32040, retryable: false, exit: 'refused' },
  'foreign-store': { rpc: -32041, retryable: false, exit: 'refused' },
  'store-ahead': { rpc: -32042, retryable: false, exit: 'unavailable' },
} as const satisfies Record<string, ErrorCodeRow>;

export interface ErrorCodeRow {
  readonly rpc: number;
  readonly retryable: boolean;
  readonly exit: ExitClass;
}

/** The rows of the exit code table of the command line. */
export type ExitClass =
  | 'failed'
  | 'usage'
  | 'not-found'
  | 'refused'
  | 'unavailable'
  | 'conflict'
  | 'damaged'
  | 'interrupted';

export type ErrorCode = keyof typeof ERROR_CODES;

/** Plain values that travel with an error, for programs to act on. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface HoldfastErrorOptions extends ErrorOptions {
  readonly details?: ErrorDetails;
  readonly correlationId?: string;
}

/**
 * The one error class of Holdfast. The message says what happened, to what, and what to do; code
 * decides by `code`, never by the message.
 */
export class HoldfastError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  /** Names one failed call in the logs of all parts; empty where the error arose here. */
  readonly correlationId: string;

  constructor(code: ErrorCode, message: string, options: HoldfastErrorOptions = {}) {
    super(message, options);
    this.name = 'HoldfastError';
    this.code = code;
    this.details = options.details ?? {};
    this.correlationId = options.correlationId ?? '';
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}

/** Whether `error` is a `HoldfastError`, and has one of `codes` if any are given. */
export function isHoldfastError(error: unknown, ...codes: ErrorCode[]): error is HoldfastError {
  return error instanceof HoldfastError && (codes.length === 0 || codes.includes(error.code));
}

const CODE_BY_RPC: ReadonlyMap<number, ErrorCode> = new Map(
  Object.entries(ERROR_CODES).map(([code, row]) => [row.rpc, code as ErrorCode]),
);

/** The code behind a JSON-RPC error number, if it is one of ours. */
export function errorCodeOfRpc(rpc: number): ErrorCode | undefined {
  return CODE_BY_RPC.get(rpc);
}
