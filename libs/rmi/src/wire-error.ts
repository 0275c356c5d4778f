import type { ErrorCode, ErrorDetails } from '@holdfast/contracts';
import { ERROR_CODES, errorCodeOfRpc, HoldfastError } from '@holdfast/contracts';
import { WIRE_LIMITS } from './limits.ts';

/** What `error.data` of a JSON-RPC answer holds. */
interface WireErrorData {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly details: ErrorDetails;
  readonly correlationId: string;
}

/** The error object of JSON-RPC. */
export interface WireError {
  readonly code: number;
  readonly message: string;
  readonly data: WireErrorData;
}

/**
 * The JSON-RPC form of an error. Of errors that are not Holdfast's own only the correlation id goes
 * out, under which the log has the rest: stacks and inner messages stay home.
 */
export function toWireError(error: unknown, correlationId: string): WireError {
  const known =
    error instanceof HoldfastError
      ? error
      : new HoldfastError(
          'internal',
          `Something went wrong on the other side; its log tells more under "${correlationId}".`,
        );
  const data: WireErrorData = {
    code: known.code,
    retryable: known.retryable,
    details: known.details,
    correlationId: known.correlationId || correlationId,
  };
  return { code: ERROR_CODES[known.code].rpc, message: known.message, data };
}

/** The error behind a JSON-RPC error object, which may come from anybody: nothing in it is trusted. */
export function fromWireError(wire: unknown): HoldfastError {
  const error = isRecord(wire) ? wire : {};
  const data = isRecord(error['data']) ? error['data'] : {};
  const message = typeof error['message'] === 'string' ? error['message'] : 'The call failed';
  const correlationId = data['correlationId'];
  return new HoldfastError(
    codeOf(error['code'], data['code']),
    message.slice(0, WIRE_LIMITS.errorMessageChars),
    {
      details: readDetails(data['details']),
      correlationId: typeof correlationId === 'string' ? correlationId.slice(0, 128) : '',
    },
  );
}

function codeOf(rpc: unknown, name: unknown): ErrorCode {
  if (typeof name === 'string' && Object.hasOwn(ERROR_CODES, name)) return name as ErrorCode;
  return (typeof rpc === 'number' ? errorCodeOfRpc(rpc) : undefined) ?? 'internal';
}

function readDetails(value: unknown): ErrorDetails {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter(([name, detail]) => name !== '__proto__' && isDetail(detail)),
  ) as ErrorDetails;
}

function isDetail(value: unknown): boolean {
  return (
    ['string', 'number', 'boolean'].includes(typeof value) ||
    (Array.isArray(value) && value.every((item) => typeof item === 'string'))
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
