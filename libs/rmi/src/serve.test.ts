import { once } from 'node:events';
import { request } from 'node:http';
import { connect as plug, type Socket } from 'node:net';
import { type CallContext, isHoldfastError, type Principal } from '@holdfast/contracts';
import { randomFillSync } from 'node:crypto';
import { type Clock, deferred, type Random } from '@holdfast/kernel';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { connect } from './connect.ts';
import { createDaemon, type Daemon } from './daemon.ts';
import type { RmiLimits } from './limits.ts';
import { type HttpHandlers, handleHttp } from './http.ts';
import { serve, type Listener } from './serve.ts';
import { demo, demoContract, pattern } from './testing/demo-contract.ts';

const clock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};
const random: Random = {
  bytes: (length) => randomFillSync(new Uint8Array(length)),
  fraction: () => 0.5,
};
const USER: Principal = { kind: 'user', user: 'u', admin: false, login: 'l' };

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

async function served(
  http: HttpHandlers = {},
  limits: Partial<RmiLimits> = {},
  overrides: Parameters<typeof demo>[0] = {},
): Promise<{ readonly daemon: Daemon; readonly listener: Listener; readonly base: string }> {
  const daemon = createDaemon({
    clock,
    random,
    name: 'daemon',
    limits: { closeMs: 100, ...limits },
  });
  daemon.expose(demoContract, demo(overrides));
  const listener = await serve(daemon, { url: 'ws://127.0.0.1:0', http });
  opened.push(daemon, listener);
  return { daemon, listener, base: listener.url.replace('ws:', 'http:') };
}

const call = (method: string, params: object = {}, id: number | undefined = 1): object => ({
  jsonrpc: '2.0',
  id,
  method,
  params,
});

/** A socket on which a WebSocket has begun; what is said on it is up to the test. */
function plugWebSocket({ port }: Listener): Socket {
  const socket = plug(port, '127.0.0.1');
  socket.on('error', () => {});
  const key = Buffer.alloc(16).toString('base64');
  socket.write(
    `GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
  );
  return socket;
}

async function post(
  base: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{
  readonly status: number;
  readonly body: unknown;
}> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${base}/rpc`, { method: 'POST', body: text, headers });
  const answer = await response.text();
  return { status: response.status, body: answer === '' ? undefined : JSON.parse(answer) };
}

test('a typed proxy works over a real socket, with bytes on both lanes', async () => {
  const { listener } = await served();
  const link = connect({ addresses: [listener.url], clock, random, name: 'caller' });
  opened.push(link);
  const remote = link.proxy(demoContract);
  expect(await remote.add({ a: 1, b: 2 })).toEqual({ sum: 3 });
  for (const echo of [remote.echo, remote.echoLarge]) {
    const { content } = await echo({ content: [pattern(3_000_000), pattern(10)] });
    expect(Buffer.concat(content).equals(Buffer.concat([pattern(3_000_000), pattern(10)]))).toBe(
      true,
    );
  }
});

test('a WebSocket client that has never heard of us calls a method', async () => {
  const { listener } = await served();
  const socket = new WebSocket(listener.url);
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify(call('demo.add', { a: 40, b: 2 })));
  const answer = await new Promise((resolve) => socket.once('message', resolve));
  expect(JSON.parse(String(answer))).toEqual({ jsonrpc: '2.0', id: 1, result: { sum: 42 } });
  socket.close();
});

test('single calls, batches and notifications are answered over HTTP', async () => {
  const { base } = await served();
  const one = call('demo.add', { a: 1, b: 2 });
  expect(await post(base, one)).toMatchObject({ status: 200, body: { id: 1, result: { sum: 3 } } });
  expect(await post(base, [one])).toMatchObject({ status: 200, body: [{ result: { sum: 3 } }] });
  expect(await post(base, { ...call('demo.add', { a: 1 }), id: undefined })).toMatchObject({
    status: 204,
  });
  expect(await post(base, 'no json')).toMatchObject({ body: { error: { code: -32700 } } });
  expect(await post(base, call('demo.echo', { content: { $bytes: 1, length: 1 } }))).toMatchObject({
    body: { error: { data: { code: 'invalid-request' }, message: /WebSocket/ } },
  });
});

test('over HTTP each request is a session by itself, whatever number its call bears', async () => {
  const seen: CallContext[] = [];
  const change = async (_: object, context: CallContext): Promise<{ turn: number }> => ({
    turn: seen.push(context),
  });
  const { base } = await served({}, {}, { change });
  const numbered = { ...call('demo.change', { name: 'x' }), meta: { number: 1 } };
  for (const turn of [1, 2]) {
    expect(await post(base, numbered)).toMatchObject({ body: { result: { turn } } });
  }
  expect(seen.map((context) => context.call)).toEqual([undefined, undefined]);
  expect(seen[0]?.session.id).not.toBe(seen[1]?.session.id);
});

test('a bearer token says who calls over HTTP', async () => {
  const { base } = await served({
    authenticate: async (token) => (token === 'good' ? USER : undefined),
  });
  const request = call('demo.forUsers');
  expect(await post(base, request)).toMatchObject({
    status: 200,
    body: { error: { data: { code: 'unauthenticated' } } },
  });
  const good = await post(base, request, { authorization: 'Bearer good' });
  expect(good).toMatchObject({ status: 200, body: { result: {} } });
  const bad = await post(base, request, { authorization: 'Bearer bad' });
  expect(bad).toMatchObject({
    status: 401,
    body: { error: { data: { code: 'unauthenticated' } } },
  });
});

test('requests that are too large, or from the pages of other sites, are refused', async () => {
  const { base } = await served({}, { strangerTextChars: 1000 });
  expect(await post(base, 'x'.repeat(2000))).toMatchObject({ status: 413 });
  const foreign = await post(base, call('demo.add', { a: 1 }), { origin: 'http://evil.example' });
  expect(foreign.status).toBe(403);
});

test('a page of another site cannot open a WebSocket', async () => {
  const { listener } = await served();
  const socket = new WebSocket(listener.url, { origin: 'http://evil.example' });
  const error = await new Promise((resolve) => socket.once('error', resolve));
  expect(String(error)).toContain('403');
});

test('people, probes and scrapers get what the app says', async () => {
  const { base } = await served({
    page: () => '<h1>Holdfast</h1>',
    ready: () => ({ ok: false, details: { waitingFor: 'a store' } }),
    metrics: () => 'up 1',
  });
  const page = await fetch(`${base}/`);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(await page.text()).toBe('<h1>Holdfast</h1>');
  expect((await fetch(`${base}/healthz`)).status).toBe(200);
  const ready = await fetch(`${base}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.json()).toEqual({ ok: false, waitingFor: 'a store' });
  expect(await (await fetch(`${base}/metrics`)).text()).toContain('up 1');
  expect((await fetch(`${base}/nothing`)).status).toBe(404);
  expect((await fetch(`${base}/rpc`)).status).toBe(405);
});

test('from another machine a probe says whether it serves, and not why', async () => {
  const { daemon } = await served();
  const ready = (): object => ({ ok: false, details: { waitingFor: 'a store' } });
  const handlers = { ready, metricsToken: 'token' } as HttpHandlers;
  const ask = async (headers: object): Promise<string> => {
    const answered: string[] = [];
    const socket = { remoteAddress: '192.0.2.7' };
    const asked = { method: 'GET', url: '/readyz', headers, socket };
    const response = { writeHead: (status: number) => answered.push(`${status}`), end };
    function end(body: string): void {
      answered.push(body.trim());
    }
    await handleHttp(asked as never, response as never, { daemon, handlers });
    return answered.join(' ');
  };
  expect(await ask({})).toBe('503 {"ok":false}');
  expect(await ask({ authorization: 'Bearer token' })).toContain('a store');
});

test('a port in use is refused with what to do', async () => {
  const { daemon, listener } = await served();
  const error: unknown = await serve(daemon, { url: listener.url }).catch(
    (reason: unknown) => reason,
  );
  expect(isHoldfastError(error, 'already-exists')).toBe(true);
  expect((error as Error).message).toContain(`Port ${listener.port} on 127.0.0.1 is in use`);
});

test('who asks for much and reads nothing is cut off, and others go on', async () => {
  const { daemon, listener } = await served(
    {},
    { backlogBytes: 200_000, inFlightCalls: 10_000, refusalPauseMs: 0 },
  );
  const ended = new Promise((resolve) =>
    daemon.onSession((session) => session.ended.addEventListener('abort', resolve)),
  );
  const socket = plugWebSocket(listener);
  socket.pause();
  const refused = JSON.stringify(call('x'.repeat(120)));
  const frame = Buffer.concat([
    Buffer.of(0x81, 0xfe, 0, refused.length, 0, 0, 0, 0),
    Buffer.from(refused),
  ]);
  const flood = Buffer.concat(Array<Buffer>(60_000).fill(frame));
  socket.write(flood);
  await ended;
  expect(daemon.sessions.size).toBe(0);
  socket.destroy();
});

test('a message that never ends is cut off where others need the memory', async () => {
  const { listener } = await served({}, { heldBytes: 2_000_000 });
  const socket = plugWebSocket(listener);
  const header = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0]);
  socket.write(Buffer.concat([header, Buffer.alloc(1_200_000, ' ')]));
  const said: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => said.push(bytes));
  await new Promise((resolve) => socket.once('close', resolve));
  expect(closeCode(Buffer.concat(said))).toBe(1008);
});

// fills RMI_LIMITS.closeMs
test('a WebSocket whose other end does not answer its close is cut off', async () => {
  const { listener } = await served();
  const socket = plugWebSocket(listener);
  await new Promise((resolve) => socket.once('data', resolve));
  socket.resume();
  const cut = new Promise((resolve) => socket.once('close', resolve));
  await listener.close();
  await cut;
});

// fills RMI_LIMITS.httpCalls
test('requests over HTTP beyond the limit are refused at once, and later ones served', async () => {
  const asked = deferred();
  const answer = deferred();
  const wait = async (): Promise<{ turn: number }> => {
    asked.resolve();
    await answer.promise;
    return { turn: 1 };
  };
  const { base } = await served({}, { httpCalls: 1 }, { wait });
  const first = post(base, call('demo.wait'));
  await asked.promise;
  expect(await post(base, call('demo.add', { a: 1 }))).toMatchObject({ status: 429 });
  answer.resolve();
  expect(await first).toMatchObject({ status: 200 });
  expect(await post(base, call('demo.add', { a: 1 }))).toMatchObject({ status: 200 });
});

// fills RMI_LIMITS.sockets
test('connections to a port beyond the limit are closed, and one that ends makes room', async () => {
  const { listener, base } = await served({}, { sockets: 1 });
  const first = plug(listener.port, '127.0.0.1');
  await new Promise((resolve) => first.once('connect', resolve));
  const second = plug(listener.port, '127.0.0.1').on('error', () => {});
  await new Promise((resolve) => second.once('close', resolve));
  expect(first.destroyed).toBe(false);
  first.destroy();
  const add = (): Promise<number> =>
    post(base, call('demo.add', { a: 1 })).then(
      ({ status }) => status,
      () => 0,
    );
  await expect.poll(add).toBe(200);
});

test('a connection that is read slowly is closed without waiting for the pause to end', async () => {
  // Long enough that the test would fail for the time it takes.
  const long = 600_000;
  const { daemon, listener } = await served(
    {},
    { closeMs: long, refusalPauseMs: long, refusalPauseMaxMs: long },
  );
  const socket = new WebSocket(listener.url);
  await once(socket, 'open');
  socket.send(JSON.stringify(call('no.such')));
  await once(socket, 'message');
  const closed = once(socket, 'close');
  await daemon.close();
  expect((await closed)[0]).toBe(1001);
});

// fills RMI_LIMITS.httpRequestMs
test('a request that never ends is given up', async () => {
  const { listener } = await served({}, { httpRequestMs: 100 });
  const unfinished = request({
    port: listener.port,
    host: '127.0.0.1',
    path: '/rpc',
    method: 'POST',
  });
  unfinished.write('{');
  const end = await new Promise<string>((resolve) => {
    unfinished.on('error', () => resolve('cut'));
    unfinished.on('response', ({ statusCode }) => resolve(String(statusCode)));
  });
  expect(['cut', '408']).toContain(end);
});

/** The code of the close frame that a WebSocket's server has said last. */
function closeCode(said: Buffer): number {
  return said.readUInt16BE(said.lastIndexOf(0x88) + 2);
}
