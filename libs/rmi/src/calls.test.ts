import {
  CALL_LIMITS,
  filesContract,
  HoldfastError,
  registryContract,
  storeContract,
  type Contract,
  type Implementation,
  type Principal,
  type Remote,
} from '@holdfast/contracts';
import { seededRandom, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { exposure } from './dispatcher.ts';
import { demo, demoContract, MAX_BYTES } from './testing/demo-contract.ts';
import { Scene } from './testing/scene.ts';

const makeScene = (): Scene => new Scene(simulatedClock(), seededRandom);

const failure = (call: Promise<unknown>): Promise<HoldfastError> =>
  call.then(
    () => expect.fail('The call should have failed'),
    (error: unknown) => error as HoldfastError,
  );

test('a proxy calls the methods of an exposed object', async () => {
  const scene = makeScene();
  scene.daemon();
  const { remote } = await scene.connected();
  expect(await scene.clock.run(remote.add({ a: 2, b: 3 }))).toEqual({ sum: 5 });
  expect(await scene.clock.run(remote.add({ a: 2 } as never))).toEqual({ sum: 3 });
});

test('an error keeps code, details and message; of an unexpected one only its name in the log goes out', async () => {
  const scene = makeScene();
  scene.daemon({
    change: async () => {
      throw new HoldfastError('version-conflict', 'It is at version 4.', { details: { at: 4 } });
    },
  });
  const { remote } = await scene.connected();
  const expected = await scene.clock.run(failure(remote.change({ name: 'x' })));
  expect(expected).toMatchObject({
    code: 'version-conflict',
    message: 'It is at version 4.',
    details: { at: 4 },
  });
  const unexpected = await scene.clock.run(failure(remote.fail({})));
  expect(unexpected.code).toBe('internal');
  expect(unexpected.message).not.toContain('secret');
  expect(unexpected.message).toContain(unexpected.correlationId);
  expect(scene.errors).toMatchObject([
    { correlationId: unexpected.correlationId, err: { message: 'a secret of the inside' } },
  ]);
});

test('parameters are checked where they arrive, results where they are used', async () => {
  const scene = makeScene();
  scene.daemon({ wait: async () => ({ turn: 'first' as never }) });
  const { remote } = await scene.connected();
  const wrong = await scene.clock.run(failure(remote.add({ a: 'two' as never, b: 1 })));
  expect(wrong.code).toBe('invalid-argument');
  expect(wrong.message).toContain('a: ');
  const odd = await scene.clock.run(failure(remote.wait({})));
  expect(odd.code).toBe('internal');
  expect(odd.message).toContain('turn: ');
});

const STRANGER = undefined;
const USER: Principal = { kind: 'user', user: 'u', admin: false, login: 'l' };
const ADMIN: Principal = { kind: 'user', user: 'a', admin: true, login: 'l' };
const PART: Principal = { kind: 'part', part: 'server', name: 's' };

test.for([
  [
    STRANGER,
    { forUsers: 'unauthenticated', forAdmins: 'unauthenticated', forParts: 'unauthenticated' },
  ],
  [USER, { forUsers: 'allowed', forAdmins: 'forbidden', forParts: 'forbidden' }],
  [ADMIN, { forUsers: 'allowed', forAdmins: 'allowed', forParts: 'forbidden' }],
  [PART, { forUsers: 'forbidden', forAdmins: 'forbidden', forParts: 'allowed' }],
] as const)('access is what the caller has proven: %j', async ([principal, expected]) => {
  const scene = makeScene();
  const daemon = scene.daemon();
  daemon.onSession((session) => (session.principal = principal));
  const { remote } = await scene.connected();
  for (const name of ['forUsers', 'forAdmins', 'forParts'] as const) {
    const outcome = remote[name]({}).then(
      () => 'allowed',
      (error: HoldfastError) => error.code,
    );
    expect(await scene.clock.run(outcome), name).toBe(expected[name]);
  }
});

/** Calls of which each has another deadline where its caller names none. */
const UNHURRIED = [
  ['callMs', filesContract, 'stat', { path: '/a' }],
  ['chunkMs', filesContract, 'getChunk', { handle: 'h', offset: 0 }],
  ['storeMs', storeContract, 'touch', { epoch: 1, chunks: [] }],
  [
    'heartbeatMs',
    registryContract,
    'heartbeat',
    { report: { freeBytes: 1, totalBytes: 2, chunks: 0, chunkBytes: 0, position: 0 } },
  ],
] as const satisfies readonly (readonly [keyof typeof CALL_LIMITS, Contract, string, object])[];

// fills CALL_LIMITS.callMs, CALL_LIMITS.chunkMs, CALL_LIMITS.storeMs, CALL_LIMITS.heartbeatMs
test.for(UNHURRIED)('a call whose caller names no deadline ends after %s', async (row) => {
  const [limit, contract, method, params] = row as readonly [
    keyof typeof CALL_LIMITS,
    Contract,
    string,
    Record<string, unknown>,
  ];
  const scene = makeScene();
  const daemon = scene.daemon();
  const reasons: unknown[] = [];
  const methods = Object.keys(contract.methods).map((name) => [
    name,
    (_params: unknown, { signal }: { signal: AbortSignal }) => untilAborted(signal, reasons),
  ]);
  daemon.expose(contract, Object.fromEntries(methods) as Implementation<Contract>);
  const part = limit === 'storeMs' || limit === 'heartbeatMs';
  const PART: Principal = { kind: 'part', part: 'server', name: 'server-1' };
  daemon.onSession((session) => (session.principal = part ? PART : USER));
  const { link } = await scene.connected();
  const remote = link.proxy(contract) as Remote<Contract>;
  const startMs = scene.clock.monotonicMs();
  const late = await scene.clock.run(failure(remote[method]?.(params) ?? Promise.reject()));
  expect(late.code).toBe('timeout');
  expect(scene.clock.monotonicMs() - startMs).toBe(CALL_LIMITS[limit]);
  await scene.clock.advance(10);
  expect(reasons).toMatchObject([{ code: 'timeout' }]);
});

test('a deadline ends the call at both ends', async () => {
  const scene = makeScene();
  const reasons: unknown[] = [];
  scene.daemon({ wait: (_params, { signal }) => untilAborted(signal, reasons) });
  const { remote } = await scene.connected();
  const startMs = scene.clock.monotonicMs();
  const late = await scene.clock.run(failure(remote.wait({}, { timeoutMs: 300 })));
  expect(late.code).toBe('timeout');
  expect(scene.clock.monotonicMs() - startMs).toBe(300);
  await scene.clock.advance(10);
  expect(reasons).toMatchObject([{ code: 'timeout' }]);
});

test('a call goes on for as long as its caller allows, but not beyond its deadline', async () => {
  const scene = makeScene();
  scene.daemon({ wait: () => new Promise(() => {}) });
  const { remote } = await scene.connected();
  const startMs = scene.clock.monotonicMs();
  const enough = new HoldfastError('timeout', 'That is enough.');
  const rests = [200, 50, enough];
  const allowance = { firstMs: 100, renew: () => rests.shift() ?? enough };
  expect(await scene.clock.run(failure(remote.wait({}, { timeoutMs: 900, allowance })))).toBe(
    enough,
  );
  expect(scene.clock.monotonicMs() - startMs).toBe(350);
  const generous = { firstMs: 100, renew: () => 500 };
  const late = await scene.clock.run(
    failure(remote.wait({}, { timeoutMs: 900, allowance: generous })),
  );
  expect(late.code).toBe('timeout');
  expect(late).not.toBe(enough);
  expect(scene.clock.monotonicMs() - startMs).toBe(350 + 900);
});

// fills RMI_LIMITS.callMs
test('no call may ask for more time than the longest deadline', async () => {
  const scene = makeScene();
  scene.daemon({ wait: () => new Promise(() => {}) });
  const { remote } = await scene.connected({ limits: { callMs: 700 } });
  const startMs = scene.clock.monotonicMs();
  const late = await scene.clock.run(failure(remote.wait({}, { timeoutMs: 1_000_000 })));
  expect(late.code).toBe('timeout');
  expect(scene.clock.monotonicMs() - startMs).toBe(700);
});

test('the far side keeps the deadline even when the near side cannot say so any more', async () => {
  const scene = makeScene();
  const reasons: unknown[] = [];
  const daemon = scene.daemon({ wait: (_params, { signal }) => untilAborted(signal, reasons) });
  daemon.onSession((session) => (session.principal = USER));
  const { remote } = await scene.connected();
  const call = failure(remote.wait({}, { timeoutMs: 300 }));
  await scene.clock.advance(10);
  scene.network.block(() => true);
  await scene.clock.run(call);
  await scene.clock.advance(10);
  expect(reasons).toMatchObject([{ code: 'timeout' }]);
});

test('a cancelled call is cancelled at the far side', async () => {
  const scene = makeScene();
  const reasons: unknown[] = [];
  scene.daemon({ wait: (_params, { signal }) => untilAborted(signal, reasons) });
  const { remote } = await scene.connected();
  const controller = new AbortController();
  const call = failure(remote.wait({}, { signal: controller.signal }));
  await scene.clock.advance(10);
  controller.abort(new Error('Ctrl-C'));
  expect(await scene.clock.run(call)).toMatchObject({
    code: 'cancelled',
    cause: { message: 'Ctrl-C' },
  });
  await scene.clock.advance(10);
  expect(reasons).toMatchObject([{ code: 'cancelled' }]);
});

test('calls beyond what the far side takes at once wait for their turn, in order', async () => {
  const scene = makeScene();
  const waiting: ((answer: { turn: number }) => void)[] = [];
  scene.daemon(
    { wait: () => new Promise((resolve) => waiting.push(resolve)) },
    { limits: { inFlightCalls: 2 } },
  );
  const { remote } = await scene.connected();
  const calls = Promise.all([1, 2, 3, 4, 5].map(() => remote.wait({})));
  for (let turn = 1; turn <= 5; turn++) {
    await scene.clock.advance(10);
    expect(waiting.length).toBeLessThanOrEqual(2);
    waiting.shift()?.({ turn });
  }
  expect(await scene.clock.run(calls)).toEqual([1, 2, 3, 4, 5].map((turn) => ({ turn })));
});

test('bytes that are held by unanswered calls are bounded, and further calls wait', async () => {
  const scene = makeScene();
  const held: (() => void)[] = [];
  scene.daemon(
    { echo: ({ content }) => new Promise((resolve) => held.push(() => resolve({ content }))) },
    { limits: { unreadBytes: MAX_BYTES } },
  );
  const { remote } = await scene.connected();
  const content = [new Uint8Array(MAX_BYTES / 2)];
  const calls = Promise.all([1, 2, 3].map(() => remote.echo({ content })));
  await scene.clock.advance(500);
  expect(held.length).toBe(2);
  held.shift()?.();
  await scene.clock.advance(500);
  expect(held.length).toBe(2);
  for (const answer of held) answer();
  await scene.clock.run(calls);
});

test('the side that was dialled calls the objects of the side that dialled', async () => {
  const scene = makeScene();
  const daemon = scene.daemon();
  const backwards = demo({ add: async ({ a, b }) => ({ sum: a - b }) });
  const { link } = await scene.connected({
    expose: [exposure(demoContract, backwards)],
    bulk: 'eager',
  });
  await scene.clock.advance(10);
  const [session] = daemon.sessions;
  const remote = session?.proxy(demoContract);
  expect(await scene.clock.run(remote?.add({ a: 5, b: 3 }) ?? Promise.reject())).toEqual({
    sum: 2,
  });
  const refused = await scene.clock.run(failure(remote?.forParts({}) ?? Promise.reject()));
  expect(refused.code).toBe('unauthenticated');
  link.session.principal = { kind: 'part', part: 'frontend', name: 'f' };
  await scene.clock.run(remote?.forParts({}) ?? Promise.reject());
});

test('what a session exposes can be found from the context of its calls', async () => {
  const scene = makeScene();
  const daemon = scene.daemon({
    change: async (_params, { session }) => {
      const caller = daemon.sessionOf(session);
      const { sum } = (await caller?.proxy(demoContract).add({ a: 20, b: 22 })) ?? { sum: 0 };
      return { turn: sum };
    },
  });
  const { remote } = await scene.connected({ expose: [[demoContract, demo()]] });
  expect(await scene.clock.run(remote.change({ name: 'x' }))).toEqual({ turn: 42 });
});

function untilAborted(signal: AbortSignal, reasons: unknown[]): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => {
      reasons.push(signal.reason);
      reject(signal.reason);
    }),
  );
}
