import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  HoldfastError,
  type CallerSession,
  type ErrorCode,
  type Principal,
} from '@holdfast/contracts';
import type { Daemon } from './daemon.ts';
import { equalText } from './equal-text.ts';
import { errorAnswer } from './message.ts';

/** What a probe is told. */
export interface Probe {
  readonly ok: boolean;
  /** Why, as JSON. Names parts of the cluster, so it is shown only to whoever may read metrics. */
  readonly details?: object;
}

/** What a port says over plain HTTP. What is not given is answered with 404, probes with "ok". */
export interface HttpHandlers {
  /** The page for people at `/`: text/html. */
  readonly page?: () => Promise<string> | string;
  /** `/healthz`: the process works. */
  readonly health?: () => Promise<Probe> | Probe;
  /** `/readyz`: it serves. */
  readonly ready?: () => Promise<Probe> | Probe;
  /** `/metrics`: Prometheus text; only from loopback, or with `metricsToken` as bearer. */
  readonly metrics?: () => Promise<string> | string;
  readonly metricsToken?: string;
  /** Who a bearer token of `POST /rpc` belongs to. */
  readonly authenticate?: (
    token: string,
    remoteAddress: string,
  ) => Promise<Principal | undefined> | Principal | undefined;
}

export interface HttpContext {
  readonly daemon: Daemon;
  readonly handlers: HttpHandlers;
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

const text = (status: number, body: string): Reply => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
});

const json = (status: number, body: string): Reply => ({ status, type: 'application/json', body });

/** Answers one HTTP request; never rejects. */
export async function handleHttp(
  request: IncomingMessage,
  response: ServerResponse,
  context: HttpContext,
): Promise<void> {
  let reply: Reply;
  try {
    reply = await route(request, response, context);
  } catch (error) {
    if (response.destroyed) return;
    reply = failure(error, request, context);
  }
  if (response.destroyed) return;
  response.writeHead(reply.status, {
    'Content-Type': reply.type,
    ...(reply.status === 204 ? {} : { 'Content-Length': Buffer.byteLength(reply.body) }),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    ...reply.headers,
  });
  response.end(request.method === 'HEAD' ? undefined : reply.body);
}

function failure(error: unknown, { url }: IncomingMessage, { daemon }: HttpContext): Reply {
  if (error instanceof HoldfastError) return refusal(503, error.code, error.message);
  daemon.log.error({ err: error, url }, 'An HTTP request failed');
  return text(500, 'Something went wrong here; the log tells more.');
}

/** A page of another site in a browser has no business here. */
export function isForeignOrigin({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== host;
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  { daemon, handlers }: HttpContext,
): Promise<Reply> {
  const path = (request.url ?? '/').split('?', 1)[0];
  if (path === '/rpc') return await rpc(request, response, { daemon, handlers });
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { ...text(405, 'Only GET.'), headers: { Allow: 'GET, HEAD' } };
  }
  if (path === '/healthz') return probe(await handlers.health?.(), isInsider(request, handlers));
  if (path === '/readyz') return probe(await handlers.ready?.(), isInsider(request, handlers));
  if (path === '/metrics' && handlers.metrics) {
    if (isInsider(request, handlers)) return text(200, await handlers.metrics());
    return {
      ...text(401, 'Metrics need the bearer token.'),
      headers: { 'WWW-Authenticate': 'Bearer' },
    };
  }
  if (path === '/' && handlers.page) {
    return { status: 200, type: 'text/html; charset=utf-8', body: await handlers.page() };
  }
  return text(404, 'There is nothing here. Try /, /healthz, /readyz, /metrics, or POST /rpc.');
}

function probe(found: Probe | undefined, explain: boolean): Reply {
  const { ok, details } = found ?? { ok: true };
  return json(ok ? 200 : 503, `${JSON.stringify({ ok, ...(explain && details) })}\n`);
}

/** Somebody on this machine, or who has the token for metrics. */
function isInsider(request: IncomingMessage, { metricsToken }: HttpHandlers): boolean {
  const address = request.socket.remoteAddress ?? '';
  if (/^(::ffff:)?127\./.test(address) || address === '::1') return true;
  return metricsToken !== undefined && equalText(bearerOf(request) ?? '', metricsToken);
}

function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer +([^ ]+) *$/i.exec(headers.authorization ?? '')?.[1];
}

const running = new WeakMap<Daemon, number>();
/** Calls that came by HTTP so far: each is a session by itself. */
let requests = 0;

async function rpc(
  request: IncomingMessage,
  response: ServerResponse,
  context: HttpContext,
): Promise<Reply> {
  if (request.method !== 'POST') {
    return { ...text(405, 'Calls are sent with POST.'), headers: { Allow: 'POST' } };
  }
  if (isForeignOrigin(request)) {
    return refusal(403, 'forbidden', 'Calls are not taken from the pages of other sites.');
  }
  const { daemon } = context;
  const now = running.get(daemon) ?? 0;
  const { httpCalls } = daemon.limits;
  if (now >= httpCalls) {
    return refusal(429, 'limit-exceeded', `${httpCalls} requests are under way. Try again later.`);
  }
  running.set(daemon, now + 1);
  try {
    return await answer(request, response, context);
  } finally {
    running.set(daemon, (running.get(daemon) ?? 1) - 1);
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { daemon, handlers }: HttpContext,
): Promise<Reply> {
  const remoteAddress = request.socket.remoteAddress ?? '';
  const token = bearerOf(request);
  const principal =
    token === undefined ? undefined : await handlers.authenticate?.(token, remoteAddress);
  if (token !== undefined && !principal) {
    return refusal(401, 'unauthenticated', 'The token is not valid (any more). Log in again.');
  }
  const { textChars, strangerTextChars } = daemon.limits;
  const maxBytes = principal ? textChars : strangerTextChars;
  const body = await readBody(request, maxBytes);
  if (body === undefined) {
    response.once('finish', () => request.destroy());
    const tooLong = refusal(413, 'limit-exceeded', `A request has at most ${maxBytes} bytes here.`);
    return { ...tooLong, headers: { Connection: 'close' } };
  }
  const ended = new AbortController();
  response.once('close', () => ended.abort(new HoldfastError('cancelled', 'The caller hung up.')));
  const session: CallerSession = {
    id: `http-${++requests}`,
    remoteAddress,
    principal,
    ended: ended.signal,
    end: () => request.destroy(),
  };
  const answered = await daemon.answer(body, session);
  return answered === undefined ? json(204, '') : json(200, answered);
}

function refusal(status: number, code: ErrorCode, message: string): Reply {
  return json(status, JSON.stringify(errorAnswer(null, new HoldfastError(code, message))));
}

/** Nothing if the body is longer than allowed. */
function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) chunks.push(chunk);
      else resolve(undefined);
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('close', () => reject(new HoldfastError('cancelled', 'The caller hung up.')));
  });
}
