import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { HoldfastError, type TicketReader, type TicketWriter } from '@holdfast/contracts';
import { WebSocketServer } from 'ws';
import { ChunkListener } from './chunk-listener.ts';
import { CHUNK_PROTOCOL } from './chunk-wire.ts';
import type { Daemon } from './daemon.ts';
import { handleHttp, isForeignOrigin, type HttpHandlers } from './http.ts';
import type { RmiLimits } from './limits.ts';
import { WebSocketConnection } from './websocket-connection.ts';
import { maxPayloadBytes } from './websocket-transport.ts';

/** Certificates as PEM texts, for `wss://`. */
export interface ServerTls {
  readonly cert: string;
  readonly key: string;
  /** Callers must show a certificate of this authority, if given. */
  readonly ca?: string;
}

export interface ServeOptions {
  /** `ws://HOST:PORT` or `wss://HOST:PORT`; port 0 takes a free one. */
  readonly url: string;
  readonly http?: HttpHandlers;
  /** Moves chunks for whoever has tickets. */
  readonly chunks?: TicketReader & TicketWriter;
  /** Needed for `wss://`. */
  readonly tls?: ServerTls;
}

/** A port that is served. Disposing stops that and closes its connections. */
export interface Listener extends AsyncDisposable {
  /** The address with the actual port. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves a daemon on a port: WebSocket by upgrade, and HTTP for people, probes and single calls.
 * Rejects with what to do if the port cannot be had. Closing does not close the daemon.
 */
export async function serve(daemon: Daemon, options: ServeOptions): Promise<Listener> {
  const { limits } = daemon;
  const url = parseUrl(options.url);
  const server = makeServer(url, options.tls, limits);
  // Known to the library, but not to its types.
  const closing = { closeTimeout: limits.closeMs };
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    clientTracking: true,
    maxPayload: maxPayloadBytes(limits),
    ...closing,
  });
  server.on('request', (request, response) => {
    void handleHttp(request, response, { daemon, handlers: options.http ?? {} });
  });
  const { chunks: store } = options;
  const chunks = store && new ChunkListener({ name: daemon.name, store });
  server.on('upgrade', (request, socket: Duplex, head) => {
    socket.on('error', () => socket.destroy());
    if (isForeignOrigin(request)) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    if (chunks && request.headers.upgrade === CHUNK_PROTOCOL) {
      chunks.accept(socket as Socket, head);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new WebSocketConnection(webSocket, socket as Socket, {
        dialled: false,
        maxMessageBytes: maxPayloadBytes(limits),
      });
      daemon.accept(connection, connection.remoteAddress);
    });
  });
  const port = await listen(server, url);
  url.port = String(port);
  const close = (): Promise<void> => {
    chunks?.close();
    return closeAll(server, sockets);
  };
  const shown = url.toString().replace(/\/$/, '');
  return { url: shown, port, close, [Symbol.asyncDispose]: close };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ['ws:', 'wss:'].includes(url.protocol)) return url;
  throw new HoldfastError(
    'invalid-argument',
    `"${text}" is no address to listen on. Write it as ws://HOST:PORT or wss://HOST:PORT.`,
  );
}

function makeServer(url: URL, tls: ServerTls | undefined, limits: RmiLimits): Server {
  const timeouts = {
    requestTimeout: limits.httpRequestMs,
    headersTimeout: limits.httpRequestMs,
    keepAliveTimeout: limits.httpRequestMs,
    connectionsCheckingInterval: limits.httpRequestMs / 2,
    noDelay: true,
  };
  if (url.protocol === 'ws:') return limited(createServer(timeouts), limits);
  if (!tls) {
    throw new HoldfastError('invalid-argument', 'wss:// needs a certificate and its key.');
  }
  const mutual = tls.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
  return limited(createTlsServer({ ...timeouts, ...tls, ...mutual }), limits);
}

function limited(server: Server, { sockets }: RmiLimits): Server {
  server.maxConnections = sockets;
  return server;
}

function listen(server: Server, url: URL): Promise<number> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = Number(url.port || (url.protocol === 'wss:' ? 443 : 80));
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)));
    server.listen({ host, port: url.port === '0' ? 0 : port }, () => {
      server.removeAllListeners('error');
      server.on('error', () => {});
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function listenError(error: Error & { code?: string }, host: string, port: number): HoldfastError {
  const cause = { cause: error };
  switch (error.code) {
    case 'EADDRINUSE':
      return new HoldfastError(
        'already-exists',
        `Port ${port} on ${host} is in use by another program. Stop that one, or choose another port.`,
        cause,
      );
    case 'EACCES':
      return new HoldfastError(
        'forbidden',
        `Port ${port} needs more rights than this program has. Choose one above 1023.`,
        cause,
      );
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new HoldfastError(
        'invalid-argument',
        `${host} is not an address of this machine. Listen on one of its own, or on 0.0.0.0.`,
        cause,
      );
    default:
      return new HoldfastError(
        'unavailable',
        `Cannot listen on ${host}:${port}: ${error.message}`,
        cause,
      );
  }
}

async function closeAll(server: Server, sockets: WebSocketServer): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  // One that does not answer within `closeMs` is cut off by the library.
  for (const socket of sockets.clients) socket.close(1001, 'Shutting down');
  await closed;
}
