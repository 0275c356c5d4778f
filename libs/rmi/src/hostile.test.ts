import type { Implementation } from '@holdfast/contracts';
import { utf8 } from '@holdfast/kernel';
import { seededRandom, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { frameHeader, FRAME } from './frame.ts';
import { RMI_LIMITS } from './limits.ts';
import type { DemoContract } from './testing/demo-contract.ts';
import { Scene, type RawClient } from './testing/scene.ts';

const makeScene = (): Scene => new Scene(simulatedClock(), seededRandom);

/** A stranger who knows JSON-RPC 2.0 and nothing of handshakes. */
async function stranger(scene: Scene): Promise<RawClient> {
  scene.daemon({ wait: () => new Promise(() => {}), upload: () => new Promise(() => {}) });
  return await scene.raw();
}

const add = { jsonrpc: '2.0', id: 1, method: 'demo.add', params: { a: 1, b: 2 } };

test('a client that knows only JSON-RPC calls, batches and notifies', async () => {
  const scene = makeScene();
  const client = await stranger(scene);
  client.send(add);
  client.send({ ...add, id: 'text' });
  client.send({ ...add, id: undefined });
  client.send([add]);
  client.send([
    { ...add, id: 2 },
    { ...add, id: undefined },
    { ...add, id: 3, method: 'no.such' },
    7,
  ]);
  client.send([{ ...add, id: undefined }]);
  await scene.clock.advance(10);
  const sum = (id: unknown): object => ({ jsonrpc: '2.0', id, result: { sum: 3 } });
  expect(client.texts).toMatchObject([
    sum(1),
    sum('text'),
    [sum(1)],
    [
      sum(2),
      { id: 3, error: { code: -32601, data: { code: 'method-not-found' } } },
      { id: null, error: { code: -32600 } },
    ],
  ]);
});

// fills RMI_LIMITS.batchCalls, RMI_LIMITS.depth
test.for([
  ['not JSON', '{"jsonrpc"', -32700, 'parse-error'],
  ['an empty batch', '[]', -32600, 'invalid-request'],
  ['a number', '7', -32600, 'invalid-request'],
  ['another version', { ...add, jsonrpc: '1.0' }, -32600, 'invalid-request'],
  ['an id of a wrong type', { ...add, id: {} }, -32600, 'invalid-request'],
  ['a method of a wrong type', { ...add, method: ['demo.add'] }, -32600, 'invalid-request'],
  ['an unknown method', { ...add, method: 'demo.subtract' }, -32601, 'method-not-found'],
  ['a key of every object', { ...add, method: 'demo.constructor' }, -32601, 'method-not-found'],
  ['the prototype', { ...add, method: '__proto__' }, -32601, 'method-not-found'],
  ['positional parameters', { ...add, params: [1, 2] }, -32602, 'invalid-argument'],
  [
    'parameters of a wrong type',
    { ...add, params: { a: '1', b: null } },
    -32602,
    'invalid-argument',
  ],
  ['a batch that is too large', Array(65).fill(add), -32027, 'limit-exceeded'],
  ['nesting', { ...add, params: { a: nested(40) } }, -32027, 'limit-exceeded'],
  ['deep nesting', `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, -32600, 'invalid-request'],
  ['a late handshake', { ...add, method: 'rmi.hello' }, -32600, 'invalid-request'],
  ['bytes that are too long', attached({ $bytes: 1, length: 2 ** 40 }), -32602, 'invalid-argument'],
  ['bytes that are not', attached({ $bytes: -1, length: '4' }), -32602, 'invalid-argument'],
] as const)('%s gets an error, and the connection goes on', async ([, message, rpc, code]) => {
  const scene = makeScene();
  const client = await stranger(scene);
  client.send(add);
  client.send(message);
  client.send({ ...add, id: 'after' });
  await scene.clock.advance(10);
  const [, refusal, after] = client.texts;
  expect(refusal).toMatchObject({ error: { code: rpc, data: { code } } });
  expect(after).toMatchObject({ id: 'after', result: { sum: 3 } });
});

test('keys of the prototype in parameters change nothing', async () => {
  const scene = makeScene();
  const client = await stranger(scene);
  const params =
    '{"a":1,"b":2,"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
  const meta = '{"__proto__":{"timeoutMs":1},"number":"7","timeoutMs":-5,"correlationId":{}}';
  client.send(`{"jsonrpc":"2.0","id":1,"method":"demo.add","params":${params},"meta":${meta}}`);
  await scene.clock.advance(10);
  expect(client.texts).toMatchObject([{ id: 1, result: { sum: 3 } }]);
  expect('polluted' in {}).toBe(false);
});

// fills RMI_LIMITS.frameBytes
test.for([
  ['binary before anything else', Uint8Array.of(1, 0, 0, 0, 1, 9), undefined],
  ['a frame without a header', Uint8Array.of(1, 2), add],
  ['a frame of an unknown kind', Uint8Array.of(99, 0, 0, 0, 1), add],
  ['a frame that is too large', new Uint8Array(RMI_LIMITS.frameBytes + 6).fill(1), add],
] as const)('%s is not taken', async ([title, frame, before]) => {
  const scene = makeScene();
  const client = await stranger(scene);
  if (before) client.send(before);
  client.connection.sendBytes([frame]);
  await scene.clock.advance(10);
  if (title.startsWith('binary')) {
    // Data that nobody asked for is unwanted, and its sender learns it.
    expect(client.frames).toEqual([frameHeader(FRAME.reset, 1)]);
    await scene.clock.advance(RMI_LIMITS.handshakeMs);
    expect(client.closed).toMatchObject({ code: 4005 });
  } else {
    expect(client.closed).toMatchObject({ code: 1002 });
  }
});

// fills RMI_LIMITS.handshakeMs
test('who says nothing is disconnected', async () => {
  const scene = makeScene();
  const client = await stranger(scene);
  await scene.clock.advance(RMI_LIMITS.handshakeMs + 10);
  expect(client.closed).toMatchObject({ code: 4005 });
});

// fills RMI_LIMITS.strangerTextChars
test('a stranger may not send long texts', async () => {
  const scene = makeScene();
  const client = await stranger(scene);
  client.send({ ...add, params: { a: 1, text: 'x'.repeat(RMI_LIMITS.strangerTextChars) } });
  await scene.clock.advance(10);
  expect(client.texts).toMatchObject([{ id: null, error: { data: { code: 'limit-exceeded' } } }]);
  expect(client.closed).toMatchObject({ code: 1009 });
});

// fills RMI_LIMITS.inFlightCalls
test('calls beyond the limit are refused, and free slots are used again', async () => {
  const scene = makeScene();
  scene.daemon({ wait: () => new Promise(() => {}) }, { limits: { inFlightCalls: 3 } });
  const client = await scene.raw();
  for (let id = 1; id <= 4; id++) client.send({ ...add, id, method: 'demo.wait', params: {} });
  await scene.clock.advance(10);
  expect(client.texts).toMatchObject([{ id: 4, error: { data: { code: 'limit-exceeded' } } }]);
});

test('two calls cannot have one id at the same time', async () => {
  const scene = makeScene();
  const client = await stranger(scene);
  client.send({ ...add, method: 'demo.wait', params: {} });
  client.send(add);
  await scene.clock.advance(10);
  expect(client.texts).toMatchObject([{ id: 1, error: { data: { code: 'invalid-request' } } }]);
});

test('bytes are announced, and never come: the deadline ends that', async () => {
  const scene = makeScene();
  const client = await stranger(scene);
  client.send({ ...attached({ $bytes: 1, length: 1000 }), meta: { timeoutMs: 500 } });
  client.connection.sendBytes([frameHeader(FRAME.data, 1), new Uint8Array(999)]);
  await scene.clock.advance(600);
  expect(client.texts).toMatchObject([{ id: 1, error: { data: { code: 'timeout' } } }]);
  expect(client.frames).toContainEqual(frameHeader(FRAME.reset, 1));
});

// fills WIRE_LIMITS.averageFrameBytes
test.for([
  ['more bytes than announced', { $bytes: 1, length: 10 }, [11]],
  ['bytes in crumbs', { $bytes: 1, length: 4000 }, Array(100).fill(1)],
])('%s break the connection', async ([, announcement, frames]) => {
  const scene = makeScene();
  const client = await stranger(scene);
  client.send(attached(announcement as object));
  for (const length of frames as number[]) {
    client.connection.sendBytes([frameHeader(FRAME.data, 1), new Uint8Array(length)]);
  }
  await scene.clock.advance(10);
  expect(client.closed).toMatchObject({ code: 1002 });
});

test.for(['', 'nonsense', '7'])(
  'who gives bytes up and says %o of why has cancelled the call',
  async (why) => {
    const scene = makeScene();
    const client = await stranger(scene);
    client.send(attached({ $bytes: 1, length: 4 }));
    client.connection.sendBytes([frameHeader(FRAME.error, 1), utf8(why)]);
    await scene.clock.advance(10);
    expect(client.texts).toMatchObject([{ error: { data: { code: 'cancelled' } } }]);
  },
);

// fills RMI_LIMITS.windowBytes
test('who sends beyond its credit is disconnected', async () => {
  const scene = makeScene();
  const client = await stranger(scene);
  client.send({ ...add, method: 'demo.upload', params: { stream: { $stream: 1 } } });
  const frame = new Uint8Array(RMI_LIMITS.frameBytes);
  for (let i = 0; i < 6; i++) client.connection.sendBytes([frameHeader(FRAME.data, 1), frame]);
  await scene.clock.advance(10);
  expect(client.closed).toMatchObject({ code: 1002 });
});

// fills RMI_LIMITS.unreadBytes
test('calls together may not hold more bytes than the limit', async () => {
  const scene = makeScene();
  scene.daemon({}, { limits: { unreadBytes: 1000 } });
  const client = await scene.raw();
  client.send({ ...attached({ $bytes: 1, length: 800 }), id: 1 });
  client.send({ ...attached({ $bytes: 2, length: 800 }), id: 2 });
  await scene.clock.advance(10);
  expect(client.texts).toMatchObject([{ id: 2, error: { data: { code: 'limit-exceeded' } } }]);
  client.connection.sendBytes([frameHeader(FRAME.data, 1), new Uint8Array(800)]);
  await scene.clock.advance(10);
  client.send({ ...attached({ $bytes: 3, length: 800 }), id: 3 });
  client.connection.sendBytes([frameHeader(FRAME.data, 3), new Uint8Array(800)]);
  await scene.clock.advance(10);
  expect(client.texts.slice(1)).toMatchObject([
    { id: 1, result: { content: { length: 800 } } },
    { id: 3, result: { content: { length: 800 } } },
  ]);
});

// fills RMI_LIMITS.backlogBytes
test('who asks for much and reads nothing is disconnected', async () => {
  const scene = makeScene();
  scene.daemon(
    { add: async () => ({ sum: 1, padding: 'x'.repeat(10_000) }) as never },
    { limits: { backlogBytes: 100_000 } },
  );
  const client = await scene.raw();
  client.send(add);
  await scene.clock.advance(10);
  expect(client.texts.length).toBe(1);
  for (let id = 2; id < 20; id++) client.send({ ...add, id });
  await scene.clock.advance(10);
  expect(client.closed).toMatchObject({ code: 1008 });
});

test('a handshake for another session, or out of turn, opens nothing', async () => {
  const scene = makeScene();
  const daemon = scene.daemon();
  const bulk = await scene.raw();
  bulk.hello({ role: 'bulk' });
  const old = await scene.raw();
  old.hello({ protocol: 99, session: 'nonsense' });
  const odd = await scene.raw();
  odd.hello({ session: 'nonsense' });
  await scene.clock.advance(10);
  const codes = [bulk, old, odd].map(({ texts, closed }) => [
    (texts[0] as { error: { data: { code: string } } }).error.data.code,
    closed?.code,
  ]);
  expect(codes).toEqual([
    ['handle-gone', 4003],
    ['protocol-mismatch', 4003],
    ['invalid-argument', 4003],
  ]);
  expect(daemon.sessions.size).toBe(0);
});

// fills RMI_LIMITS.sessions
test('a daemon takes no more users than its limit, and room comes back', async () => {
  const scene = makeScene();
  const logIn: Implementation<DemoContract>['add'] = async ({ a, b }, { session }) => {
    session.principal = { kind: 'user', user: 'anna', admin: false, login: '1' };
    return { sum: a + b };
  };
  scene.daemon({ add: logIn }, { limits: { sessions: 1 } });
  const first = await scene.raw();
  first.send(add);
  await scene.clock.advance(10);
  const second = await scene.raw();
  second.send(add);
  await scene.clock.advance(10);
  expect(second.texts).toMatchObject([{ error: { data: { code: 'limit-exceeded' } } }]);
  expect(second.closed).toBeDefined();
  first.connection.close(1000, '');
  await scene.clock.advance(10);
  const third = await scene.raw();
  third.send(add);
  await scene.clock.advance(10);
  expect(third.texts).toMatchObject([{ result: { sum: 3 } }]);
});

test('of sessions without a login the first makes room for another one', async () => {
  const scene = makeScene();
  const daemon = scene.daemon({}, { limits: { sessions: 2 } });
  const clients = [await scene.raw(), await scene.raw(), await scene.raw()];
  for (const client of clients) {
    client.send(add);
    await scene.clock.advance(10);
  }
  expect(clients.map(({ texts }) => texts.length)).toEqual([1, 1, 1]);
  expect(clients.map(({ closed }) => closed?.code)).toEqual([1008, undefined, undefined]);
  expect(daemon.sessions.size).toBe(2);
});

// fills RMI_LIMITS.revokedSessions
test('of too many sessions that were ended the first is forgotten, and the others stay refused', async () => {
  const scene = makeScene();
  const daemon = scene.daemon({}, { limits: { revokedSessions: 2 } });
  const hello = async (digit: number): Promise<RawClient> => {
    const client = await scene.raw();
    client.hello({ session: String(digit).repeat(32) });
    await scene.clock.advance(10);
    return client;
  };
  for (const digit of [1, 2, 3]) {
    await hello(digit);
    for (const session of daemon.sessions) session.end('revoked');
  }
  const gone = { error: { data: { code: 'handle-gone' } } };
  expect((await hello(1)).texts).toMatchObject([{ result: { resumed: false } }]);
  expect((await hello(2)).texts).toMatchObject([gone]);
  expect((await hello(3)).texts).toMatchObject([gone]);
});

// fills RMI_LIMITS.handshakes
test('of many who say nothing the first makes room for another one', async () => {
  const scene = makeScene();
  scene.daemon({}, { limits: { handshakes: 2 } });
  const clients = [await scene.raw(), await scene.raw(), await scene.raw()];
  await scene.clock.advance(10);
  expect(clients.map(({ closed }) => closed?.code)).toEqual([1008, undefined, undefined]);
});

// fills RMI_LIMITS.refusalPauseMaxMs
test('a pause for what was refused is never longer than the longest', async () => {
  const scene = makeScene();
  scene.daemon({}, { limits: { refusalPauseMs: 60_000, refusalPauseMaxMs: 500 } });
  const client = await scene.raw();
  for (const id of [1, 2]) client.send({ ...add, id, method: 'no.such' });
  await scene.clock.advance(400);
  expect(client.texts.length).toBe(1);
  await scene.clock.advance(200);
  expect(client.texts.length).toBe(2);
});

// fills RMI_LIMITS.streams
test('streams beyond the limit are refused', async () => {
  const scene = makeScene();
  scene.daemon({ upload: () => new Promise(() => {}) }, { limits: { streams: 2 } });
  const client = await scene.raw();
  for (const id of [1, 2, 3]) {
    client.send({ ...add, id, method: 'demo.upload', params: { stream: { $stream: id } } });
  }
  await scene.clock.advance(10);
  expect(client.texts).toMatchObject([{ id: 3, error: { data: { code: 'limit-exceeded' } } }]);
});

// fills RMI_LIMITS.textChars
test('who has proven who it is may send longer texts, up to a limit', async () => {
  const scene = makeScene();
  const limits = { textChars: 2_000, strangerTextChars: 500 };
  const daemon = scene.daemon({}, { limits });
  daemon.onSession((session) => {
    session.principal = { kind: 'user', user: 'anna', admin: false, login: '1' };
  });
  const client = await scene.raw();
  client.send(add);
  await scene.clock.advance(10);
  client.send({ ...add, id: 2, params: { a: 1, text: 'x'.repeat(1_000) } });
  await scene.clock.advance(10);
  client.send({ ...add, id: 3, params: { a: 1, text: 'x'.repeat(2_000) } });
  await scene.clock.advance(10);
  expect(client.texts).toMatchObject([
    { id: 1 },
    { id: 2, result: { sum: 2 } },
    { id: null, error: { data: { code: 'limit-exceeded' } } },
  ]);
  expect(client.closed).toMatchObject({ code: 1009 });
});

test('who sends requests that are refused is read slowly, and nobody else is', async () => {
  const scene = makeScene();
  const flooding = await stranger(scene);
  const honest = await scene.raw();
  const requests = 500;
  for (let id = 1; id <= requests; id++) flooding.send({ ...add, id, method: 'no.such' });
  honest.send(add);
  await scene.clock.advance(10);
  expect(honest.texts).toMatchObject([{ id: 1, result: { sum: 3 } }]);
  const atOnce = 100 / RMI_LIMITS.refusalPauseMs;
  expect(flooding.texts.length).toBe(atOnce);
  await scene.clock.advance(requests * RMI_LIMITS.refusalPauseMs);
  expect(flooding.texts.length).toBe(requests);
});

function attached(content: object): object {
  return { jsonrpc: '2.0', id: 1, method: 'demo.echo', params: { content } };
}

function nested(levels: number): unknown {
  return levels === 0 ? 1 : [nested(levels - 1)];
}
