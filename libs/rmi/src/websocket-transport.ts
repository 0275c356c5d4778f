import type { IncomingMessage } from 'node:http';
import { HoldfastError } from '@holdfast/contracts';
import { WebSocket } from 'ws';
import type { Connection, DialOptions, Transport } from './connection.ts';
import { FRAME_HEADER_BYTES } from './frame.ts';
import type { RmiLimits } from './limits.ts';
import { WebSocketConnection } from './websocket-connection.ts';

/** What dialling `wss://` needs besides the address; PEM texts. */
export interface ClientTls {
  /** Authorities to trust instead of the system's. */
  readonly ca?: string;
  /** This side's own certificate, where the other asks for one. */
  readonly cert?: string;
  readonly key?: string;
}

/** Dials `ws://` and `wss://` addresses. */
export function webSocketTransport(tls: ClientTls = {}): Transport {
  return { dial: (address, options) => dial(address, tls, options) };
}

/** A longer message than this is not even read: the other side broke the protocol. */
export function maxPayloadBytes({ textChars, frameBytes }: RmiLimits): number {
  const textBytes = 4 * textChars;
  return Math.max(textBytes, frameBytes + FRAME_HEADER_BYTES);
}

function dial(address: string, tls: ClientTls, options: DialOptions): Promise<Connection> {
  const { limits, signal } = options;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // Known to the library, but not to its types.
    const closing = { closeTimeout: limits.closeMs };
    const socket = open(address, {
      ...tls,
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload: maxPayloadBytes(limits),
      ...closing,
      // Masking protects old proxies on the way from scripts in browsers; a mask of zeros is valid,
      // and costs nothing (measured: 4 times the speed).
      generateMask: (mask) => void mask.fill(0),
    });
    let response: IncomingMessage | undefined;
    const onAbort = (): void => {
      reject(signal.reason);
      socket.terminate();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('upgrade', (upgrade) => (response = upgrade));
    socket.once('open', () => {
      signal.removeEventListener('abort', onAbort);
      const maxMessageBytes = maxPayloadBytes(limits);
      const options = { dialled: true, maxMessageBytes };
      if (response) resolve(new WebSocketConnection(socket, response.socket, options));
    });
    socket.on('error', (error) => {
      signal.removeEventListener('abort', onAbort);
      reject(new HoldfastError('unavailable', describe(error), { cause: error }));
    });
  });
}

function open(address: string, options: WebSocket.ClientOptions): WebSocket {
  try {
    return new WebSocket(address, options);
  } catch (cause) {
    throw new HoldfastError(
      'invalid-argument',
      `"${address}" is no address. Write it as ws://HOST:PORT or wss://HOST:PORT.`,
      { cause },
    );
  }
}

function describe(error: Error & { readonly code?: string }): string {
  if (error.code === 'ECONNREFUSED') return 'nothing listens there';
  if (error.code === 'ENOTFOUND') return 'there is no such host';
  if (error.code === 'EHOSTUNREACH' || error.code === 'ENETUNREACH') return 'no way to that host';
  return error.message;
}
