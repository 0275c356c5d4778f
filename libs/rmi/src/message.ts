import { HoldfastError } from '@holdfast/contracts';
import {
  createJSONRPCErrorResponse,
  isJSONRPCID,
  type JSONRPCErrorResponse,
  type JSONRPCID,
} from 'json-rpc-2.0';
import type { RmiLimits } from './limits.ts';
import { isRecord, toWireError } from './wire-error.ts';

/** The top-level extension member of a request: what JSON-RPC has no place for. */
export interface CallMeta {
  /** Milliseconds that the caller still waits. */
  readonly timeoutMs?: number;
  /** The number of a changing call, and below which all are answered. */
  readonly number?: number;
  readonly answeredBelow?: number;
  readonly correlationId?: string;
}

export interface RpcRequest {
  readonly jsonrpc: '2.0';
  /** Absent in a notification, which gets no answer. */
  readonly id?: JSONRPCID;
  readonly method: string;
  readonly params?: unknown;
  readonly meta?: CallMeta;
}

/** An answer as it arrives: nothing in it is trusted. */
export interface RpcResponse {
  readonly jsonrpc: '2.0';
  readonly id: JSONRPCID;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** Parses a message; `parse-error` if it is not JSON. */
export function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HoldfastError(
      'parse-error',
      'The message is not JSON. Send one JSON-RPC 2.0 object.',
    );
  }
}

/** Checks that a value is a request or notification; `invalid-request` or `limit-exceeded` if not. */
export function asRequest(value: unknown, limits: RmiLimits): RpcRequest {
  if (
    !isRecord(value) ||
    value['jsonrpc'] !== '2.0' ||
    typeof value['method'] !== 'string' ||
    !('id' in value ? isJSONRPCID(value['id']) : true)
  ) {
    throw new HoldfastError(
      'invalid-request',
      'Not a JSON-RPC 2.0 request: it needs "jsonrpc": "2.0", a "method" and, for an answer, an "id".',
    );
  }
  if (isDeeper(value, limits.depth)) {
    throw new HoldfastError(
      'limit-exceeded',
      `The request nests deeper than ${limits.depth} levels. Send a flatter one.`,
    );
  }
  return value as unknown as RpcRequest;
}

export function isResponse(value: unknown): value is RpcResponse {
  return (
    isRecord(value) &&
    value['jsonrpc'] === '2.0' &&
    !('method' in value) &&
    ('result' in value || 'error' in value) &&
    isJSONRPCID(value['id'])
  );
}

/** The id to answer an invalid request with. */
export function idOf(value: unknown): JSONRPCID {
  return isRecord(value) && isJSONRPCID(value['id']) ? value['id'] : null;
}

/** The answer that says what went wrong; `id` null where that of the call could not be read. */
export function errorAnswer(
  id: JSONRPCID,
  error: unknown,
  correlationId: string = '',
): JSONRPCErrorResponse {
  const { code, message, data } = toWireError(error, correlationId);
  return createJSONRPCErrorResponse(id, code, message, data);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) return value.some((item) => isDeeper(item, levels - 1));
  for (const name in value) {
    if (isDeeper((value as Record<string, unknown>)[name], levels - 1)) return true;
  }
  return false;
}
