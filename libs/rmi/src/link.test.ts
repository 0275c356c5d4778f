import type { CallNumber, Principal } from '@holdfast/contracts';
import { HoldfastError } from '@holdfast/contracts';
import { seededRandom, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { exposure } from './dispatcher.ts';
import { RMI_LIMITS } from './limits.ts';
import { demo, demoContract, pattern, streamOf } from './testing/demo-contract.ts';
import { Scene } from './testing/scene.ts';

const makeScene = (): Scene => new Scene(simulatedClock(), seededRandom);

const USER: Principal = { kind: 'user', user: 'u', admin: false, login: 'l' };

const outcome = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);

test('calls wait for the daemon to appear, and go out behind the authentication', async () => {
  const scene = makeScene();
  const order: string[] = [];
  const link = scene.link({
    authenticate: async (peer) => {
      await peer.proxy(demoContract).change({ name: 'authenticate' });
    },
  });
  const call = link.proxy(demoContract).change({ name: 'call' });
  await scene.clock.advance(5_000);
  expect(link.state).toMatchObject({ phase: 'connecting', address: 'daemon' });
  expect(link.state.reason).toContain('nobody listens');
  scene.daemon({
    change: async ({ name }) => {
      order.push(name);
      return { turn: order.length };
    },
  });
  expect(await scene.clock.run(call)).toEqual({ turn: 2 });
  expect(order).toEqual(['authenticate', 'call']);
  expect(link.state).toMatchObject({ phase: 'connected', daemon: 'daemon', reason: '' });
});

test('a call that could not be sent until its deadline says where to and why', async () => {
  const scene = makeScene();
  const call = scene.link().proxy(demoContract).add({ a: 1, b: 1 }, { timeoutMs: 2_000 });
  const error = await scene.clock.run(outcome(call));
  expect(error).toMatchObject({ code: 'unavailable' });
  expect((error as Error).message).toMatch(/2000 ms: no connection to daemon \(nobody listens/);
});

// fills RMI_LIMITS.dialMs
test('an address that does not answer is given up after a named time', async () => {
  const scene = makeScene();
  scene.daemon();
  scene.network.block(() => true);
  const remote = scene.link({ limits: { dialMs: 700 } }).proxy(demoContract);
  const call = remote.add({ a: 1, b: 1 }, { timeoutMs: 1_000 });
  const error = (await scene.clock.run(outcome(call))) as Error;
  expect(error.message).toContain('no connection within 700 ms');
});

// fills RMI_LIMITS.queuedCalls
test('no more calls wait than the limit says', async () => {
  const scene = makeScene();
  const remote = scene.link({ limits: { queuedCalls: 2 } }).proxy(demoContract);
  const calls = [1, 2, 3].map((a) => outcome(remote.add({ a, b: 0 }, { timeoutMs: 1_000 })));
  const [, second, third] = await scene.clock.run(Promise.all(calls));
  expect(second).toMatchObject({ code: 'unavailable' });
  expect(third).toMatchObject({ code: 'limit-exceeded' });
});

test('a change that is under way when the connection breaks is run once, and answered', async () => {
  const scene = makeScene();
  const runs: (CallNumber | undefined)[] = [];
  let finish = (): void => {};
  const daemon = scene.daemon({
    change: (_params, { call }) => {
      runs.push(call);
      return new Promise((resolve) => (finish = () => resolve({ turn: 7 })));
    },
  });
  daemon.onSession((session) => (session.principal = USER));
  const { remote } = await scene.connected();
  const call = remote.change({ name: 'x' });
  await scene.clock.advance(10);
  expect(scene.network.cut()).toBe(1);
  await scene.clock.advance(1_000);
  finish();
  expect(await scene.clock.run(call)).toEqual({ turn: 7 });
  expect(runs.length).toBe(1);
});

test('an answer that was lost with the connection is asked for again, under the same number', async () => {
  const scene = makeScene();
  const runs: (CallNumber | undefined)[] = [];
  const change = async (_params: object, { call }: { call: CallNumber | undefined }) => {
    runs.push(call);
    return { turn: runs.length };
  };
  scene.daemon({ change });
  const { remote } = await scene.connected();
  await scene.clock.run(remote.change({ name: 'first' }));
  const call = remote.change({ name: 'second' });
  await scene.clock.settle();
  while (runs.length < 2) await scene.clock.advance(0.5);
  // It has run, and its answer is on the way, when the daemon dies; another takes its place.
  scene.kill();
  scene.daemon({ change });
  expect(await scene.clock.run(call)).toEqual({ turn: 3 });
  expect(runs[2]).toEqual(runs[1]);
  expect(runs[1]).toMatchObject({ number: 2, answeredBelow: 2 });
});

test('a session that another user has taken up has calls of its own', async () => {
  const scene = makeScene();
  const sessions: (string | undefined)[] = [];
  const begin = (user: string): void => {
    const change = async (_: object, { call }: { call: CallNumber | undefined }) => {
      sessions.push(call?.session);
      return { turn: sessions.length };
    };
    const daemon = scene.daemon({ change });
    daemon.onSession((session) => (session.principal = { ...USER, user }));
  };
  begin('alice');
  const { remote } = await scene.connected();
  await scene.clock.run(remote.change({ name: 'first' }));
  for (const user of ['alice', 'bob']) {
    // The daemon that comes next has forgotten whose session it was.
    scene.kill();
    begin(user);
    await scene.clock.run(remote.change({ name: 'next' }));
  }
  expect(sessions[1]).toBe(sessions[0]);
  expect(sessions[2]).not.toBe(sessions[0]);
});

test('a change that is refused for now is made again under its number, as often as its caller says', async () => {
  const scene = makeScene();
  const runs: (CallNumber | undefined)[] = [];
  scene.daemon({
    change: async (_params, { call }) => {
      runs.push(call);
      if (runs.length !== 3) throw new HoldfastError('unavailable', 'Not yet.');
      return { turn: runs.length };
    },
  });
  const { remote } = await scene.connected();
  const again = async (error: unknown, earlier: number): Promise<boolean> => {
    expect(error).toMatchObject({ code: 'unavailable' });
    return earlier < 2;
  };
  expect(await scene.clock.run(remote.change({ name: 'a' }, { again }))).toEqual({ turn: 3 });
  expect(runs.map((call) => call?.number)).toEqual([1, 1, 1]);

  const refused = scene.clock.run(outcome(remote.change({ name: 'b' }, { again })));
  expect(await refused).toMatchObject({ code: 'unavailable' });
  expect(runs.map((call) => call?.number)).toEqual([1, 1, 1, 2, 2, 2]);
});

test('a call that its caller lets go while it waits to be made again is over', async () => {
  const scene = makeScene();
  let runs = 0;
  scene.daemon({
    change: async () => {
      runs++;
      throw new HoldfastError('unavailable', 'Not yet.');
    },
  });
  const { remote } = await scene.connected();
  const stop = new AbortController();
  const again = (): Promise<boolean> => {
    stop.abort();
    return Promise.resolve(true);
  };
  const call = remote.change({ name: 'a' }, { again, signal: stop.signal });
  expect(await scene.clock.run(outcome(call))).toMatchObject({ code: 'cancelled' });
  await scene.clock.advance(1_000);
  expect(runs).toBe(1);
});

test('below the lowest number without an answer, all are answered', async () => {
  const scene = makeScene();
  const seen: unknown[] = [];
  let finish = (): void => {};
  scene.daemon({
    change: async ({ name }, { call }) => {
      seen.push([name, call?.number, call?.answeredBelow]);
      if (name === 'slow') await new Promise<void>((resolve) => (finish = resolve));
      return { turn: 0 };
    },
  });
  const { remote } = await scene.connected();
  const slow = remote.change({ name: 'slow' });
  await scene.clock.run(remote.change({ name: 'quick' }));
  await scene.clock.run(remote.change({ name: 'quick' }));
  finish();
  await scene.clock.run(slow);
  await scene.clock.run(remote.change({ name: 'last' }));
  expect(seen).toEqual([
    ['slow', 1, 1],
    ['quick', 2, 1],
    ['quick', 3, 1],
    ['last', 4, 4],
  ]);
});

test('a call with a stream cannot be sent again: it fails as disconnected', async () => {
  const scene = makeScene();
  scene.daemon({ upload: () => new Promise(() => {}) });
  const { remote } = await scene.connected();
  const call = outcome(remote.upload({ stream: streamOf(5_000_000) }));
  await scene.clock.advance(20);
  scene.network.cut();
  expect(await scene.clock.run(call)).toMatchObject({ code: 'disconnected' });
});

test('a call with bytes is sent again with its bytes', async () => {
  const scene = makeScene();
  scene.daemon();
  const { remote } = await scene.connected();
  const content = [pattern(3_000_000)];
  const call = remote.echo({ content });
  await scene.clock.advance(3);
  expect(scene.network.cut()).toBe(1);
  const answer = await scene.clock.run(call);
  expect(Buffer.concat(answer.content).equals(pattern(3_000_000))).toBe(true);
});

test('a call with bytes is answered, whenever in its course the connection breaks', async () => {
  const whole = pattern(3_000_000);
  let breaksInAnswer = 0;
  for (let cutAfterMs = 1; cutAfterMs < 40; cutAfterMs++) {
    const scene = makeScene();
    let answering = false;
    scene.daemon({
      echo: async ({ content }) => {
        answering = true;
        return { content };
      },
    });
    const { remote } = await scene.connected();
    let settled = false;
    const call = remote.echo({ content: [whole] }).finally(() => (settled = true));
    await scene.clock.advance(cutAfterMs);
    if (answering && !settled) breaksInAnswer++;
    scene.network.cut();
    const { content } = await scene.clock.run(call);
    expect(Buffer.concat(content).equals(whole)).toBe(true);
  }
  expect(breaksInAnswer).toBeGreaterThan(2);
});

// fills RMI_LIMITS.sessionGraceMs
test('a session and who it belongs to survive a break, but not forever', async () => {
  const scene = makeScene();
  const daemon = scene.daemon({
    change: async (_params, { session }) => {
      session.principal = USER;
      return { turn: 0 };
    },
  });
  const { remote, link } = await scene.connected();
  await scene.clock.run(remote.change({ name: 'log in' }));
  const [session] = daemon.sessions;
  scene.network.cut();
  expect(session?.connected).toBe(false);
  await scene.clock.run(remote.forUsers({}));
  expect(daemon.sessions.size).toBe(1);
  scene.network.cut();
  scene.network.block(() => true);
  await scene.clock.advance(61_000);
  expect(session?.ended.aborted).toBe(true);
  expect(daemon.sessions.size).toBe(0);
  scene.network.block(() => false);
  const stranger = await scene.clock.run(outcome(remote.forUsers({})));
  expect(stranger).toMatchObject({ code: 'unauthenticated' });
  await link.close();
});

test('a link that closes takes its session with it at once', async () => {
  const scene = makeScene();
  const daemon = scene.daemon();
  daemon.onSession((session) => (session.principal = USER));
  const { link, remote } = await scene.connected();
  expect(daemon.sessions.size).toBe(1);
  await scene.clock.run(link.close());
  await scene.clock.advance(10);
  expect(daemon.sessions.size).toBe(0);
  expect(await outcome(remote.add({ a: 1, b: 1 }))).toMatchObject({ code: 'disconnected' });
});

test('nobody resumes a session without its secret', async () => {
  const scene = makeScene();
  const daemon = scene.daemon();
  daemon.onSession((session) => (session.principal = USER));
  const { link } = await scene.connected();
  const thief = await scene.raw();
  thief.hello({ session: link.session.id });
  await scene.clock.advance(10);
  expect(thief.texts).toMatchObject([{ id: 'hello', error: { data: { code: 'forbidden' } } }]);
  expect(thief.closed).toMatchObject({ code: 4003 });
  expect([...daemon.sessions].map(({ connected }) => connected)).toEqual([true]);
});

test('what one daemon has proven does not count for who is there after a break', async () => {
  const scene = makeScene();
  scene.daemon();
  const { link } = await scene.connected();
  link.session.principal = { kind: 'part', part: 'frontend', name: 'f' };
  scene.network.cut();
  await scene.clock.advance(1_000);
  expect(link.state.phase).toBe('connected');
  expect(link.session.principal).toBeUndefined();
});

test('a session is not resumed whose other end had not said who it is', async () => {
  const scene = makeScene();
  const daemon = scene.daemon();
  const resumed = async (): Promise<unknown> => {
    const client = await scene.raw();
    client.hello();
    await scene.clock.advance(10);
    return client.texts[0];
  };
  expect(await resumed()).toMatchObject({ result: { resumed: false } });
  // The daemon has not heard yet that the first connection was given up.
  expect(await resumed()).toMatchObject({ result: { resumed: false } });
  const [session] = daemon.sessions;
  if (session) session.principal = { kind: 'part', part: 'server', name: 's' };
  expect(await resumed()).toMatchObject({ result: { resumed: true } });
});

test('a revoked session is replaced by another one, that authenticates anew', async () => {
  const scene = makeScene();
  let logins = 0;
  const daemon = scene.daemon({ change: () => new Promise(() => {}) });
  const { remote, link } = await scene.connected({
    authenticate: async ({ resumed }) => {
      expect(resumed).toBe(false);
      logins++;
    },
  });
  const { id } = link.session;
  const change = outcome(remote.change({ name: 'x' }));
  await scene.clock.advance(10);
  const [session] = daemon.sessions;
  session?.end('the password was changed');
  expect(await scene.clock.run(change)).toMatchObject({ code: 'disconnected' });
  await scene.clock.run(remote.add({ a: 1, b: 1 }));
  expect(link.session.id).not.toBe(id);
  expect(logins).toBe(2);
});

test('a daemon of another protocol is refused with both numbers', async () => {
  const scene = makeScene();
  scene.daemon({}, { protocol: 3 });
  const link = scene.link({ protocol: 2 });
  const error = await scene.clock.run(outcome(link.ready()));
  expect(error).toMatchObject({ code: 'protocol-mismatch' });
  expect((error as Error).message).toMatch(/protocol 2 .* protocol 3/);
  expect(link.state.phase).toBe('closed');
});

test('addresses are tried in turn, and a broken connection is tried at its own address first', async () => {
  const scene = makeScene();
  scene.daemon({ add: async () => ({ sum: 2 }) }, { address: 'second' });
  const { link, remote } = await scene.connected({ addresses: ['first', 'second'] });
  expect(link.state.address).toBe('second');
  scene.network.cut();
  await scene.clock.run(remote.add({ a: 0, b: 0 }));
  expect(link.state.address).toBe('second');
  scene.daemon({ add: async () => ({ sum: 1 }) }, { address: 'first' });
  scene.kill('second');
  expect(await scene.clock.run(remote.add({ a: 0, b: 0 }))).toEqual({ sum: 1 });
});

test('an authentication that may work later is tried again, one that cannot ends the link', async () => {
  const scene = makeScene();
  scene.daemon();
  const errors = [
    new HoldfastError('unavailable', 'The directory is not open yet.'),
    new HoldfastError('forbidden', 'The cluster key is another one.'),
  ];
  const link = scene.link({ authenticate: () => Promise.reject(errors.shift()) });
  const call = outcome(link.proxy(demoContract).add({ a: 1, b: 1 }));
  const error = await scene.clock.run(outcome(link.ready()));
  expect(error).toMatchObject({ code: 'forbidden' });
  expect(errors).toEqual([]);
  expect(await call).toBe(error);
});

test('large transfers have a connection of their own, which either side may ask for', async () => {
  const scene = makeScene();
  const daemon = scene.daemon();
  const { remote } = await scene.connected({ expose: [exposure(demoContract, demo())] });
  const connections = (): number => scene.network.connections;
  expect(connections()).toBe(1);
  await scene.clock.run(remote.add({ a: 1, b: 1 }));
  expect(connections()).toBe(1);
  const [session] = daemon.sessions;
  const back = session?.proxy(demoContract).echoLarge({ content: [pattern(10)] });
  expect((await scene.clock.run(back ?? Promise.reject())).content).toEqual([pattern(10)]);
  expect(connections()).toBe(2);
  await scene.clock.run(remote.echoLarge({ content: [pattern(10)] }));
  expect(connections()).toBe(2);
  expect(daemon.sessions.size).toBe(1);
});

test('a call in the other direction fails at once when the connection breaks', async () => {
  const scene = makeScene();
  const daemon = scene.daemon();
  daemon.onSession((session) => (session.principal = USER));
  const aborted: unknown[] = [];
  await scene.connected({
    expose: [
      exposure(
        demoContract,
        demo({
          wait: (_params, { signal }) =>
            new Promise((_, reject) =>
              signal.addEventListener('abort', () => {
                aborted.push(signal.reason);
                reject(signal.reason);
              }),
            ),
        }),
      ),
    ],
  });
  const [session] = daemon.sessions;
  const changes: boolean[] = [];
  session?.onConnected((connected) => changes.push(connected));
  const call = outcome(session?.proxy(demoContract).wait({}) ?? Promise.reject());
  await scene.clock.advance(10);
  scene.network.cut();
  expect(await call).toMatchObject({ code: 'disconnected' });
  const next = outcome(session?.proxy(demoContract).wait({}) ?? Promise.reject());
  expect(await next).toMatchObject({ code: 'disconnected' });
  expect(aborted).toMatchObject([{ code: 'disconnected' }]);
  await scene.clock.advance(1_000);
  expect(changes).toEqual([false, true]);
});

test('a daemon that closes finishes what is under way, and leaves new calls to its successor', async () => {
  const scene = makeScene();
  let finish = (): void => {};
  const daemon = scene.daemon({
    wait: () => new Promise((resolve) => (finish = () => resolve({ turn: 1 }))),
    add: async () => ({ sum: -1 }),
  });
  const { remote } = await scene.connected();
  const under = remote.wait({});
  await scene.clock.advance(10);
  const closing = daemon.close({ graceMs: 10_000 });
  const later = remote.add({ a: 1, b: 1 });
  await scene.clock.advance(100);
  scene.daemon();
  finish();
  expect(await scene.clock.run(under)).toEqual({ turn: 1 });
  await scene.clock.run(closing);
  expect(await scene.clock.run(later)).toEqual({ sum: 2 });
});

// fills RMI_LIMITS.closeGraceMs
test('a call that does not end holds up a daemon that closes for a bounded time', async () => {
  const scene = makeScene();
  let begun = false;
  const daemon = scene.daemon({
    wait: async () => {
      begun = true;
      return await new Promise(() => {});
    },
  });
  const { remote } = await scene.connected();
  remote.wait({}).catch(() => {});
  await scene.clock.advance(100);
  expect(begun).toBe(true);
  let closed = false;
  void daemon.close().then(() => (closed = true));
  await scene.clock.advance(RMI_LIMITS.closeGraceMs - 1);
  expect(closed).toBe(false);
  await scene.clock.advance(1);
  expect(closed).toBe(true);
});

test('a daemon that closes lets the bytes of its answers leave first', async () => {
  const scene = makeScene();
  let answered = false;
  const daemon = scene.daemon({
    echo: async ({ content }) => {
      answered = true;
      return { content };
    },
  });
  const { remote } = await scene.connected();
  const call = remote.echo({ content: [pattern(3_000_000)] }, { timeoutMs: 5_000 });
  while (!answered) await scene.clock.advance(1);
  scene.unplug('daemon');
  const closing = daemon.close({ graceMs: 10_000 });
  const { content } = await scene.clock.run(call);
  expect(Buffer.concat(content).equals(pattern(3_000_000))).toBe(true);
  await scene.clock.run(closing);
});

// fills RMI_LIMITS.idleMs
test('a connection on which nothing is heard counts as dead at both ends', async () => {
  const scene = makeScene();
  const daemon = scene.daemon();
  const { link } = await scene.connected();
  await scene.clock.advance(300_000);
  expect(link.state.phase).toBe('connected');
  scene.network.block(() => true);
  await scene.clock.advance(45_000);
  expect(link.state.phase).toBe('connecting');
  expect(daemon.sessions.size).toBe(0);
});
