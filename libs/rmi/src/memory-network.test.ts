import { simulatedClock, transportSuite } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { RMI_LIMITS } from './limits.ts';
import { MemoryNetwork } from './memory-network.ts';
import type { Connection } from './connection.ts';

transportSuite('The memory network', async () => {
  const clock = simulatedClock();
  const network = new MemoryNetwork({ clock, delayMs: (from) => (from === 'near' ? 3 : 7) });
  const { transport, connect } = listening(network);
  return {
    connect,
    dialNobody: (signal) => transport.dial('nowhere', { limits: RMI_LIMITS, signal }),
    cut: () => void network.cut(),
    run: (work) => clock.run(work),
    [Symbol.asyncDispose]: async () => {},
  };
});

test('a message takes the time that the network says', async () => {
  const clock = simulatedClock();
  const network = new MemoryNetwork({ clock, delayMs: () => 20 });
  const [near, far] = await clock.run(listening(network).connect());
  const arrivals: number[] = [];
  far.receive(receiver(() => arrivals.push(clock.monotonicMs())));
  const startMs = clock.monotonicMs();
  near.send('one');
  await clock.advance(5);
  near.send('two');
  await clock.advance(100);
  expect(arrivals.map((ms) => ms - startMs)).toEqual([20, 25]);
});

test('a blocked way holds everything back, and lets it through in order when it opens', async () => {
  const clock = simulatedClock();
  const network = new MemoryNetwork({ clock });
  const [near, far] = await clock.run(listening(network).connect());
  const arrived: unknown[] = [];
  far.receive(receiver((message) => arrived.push(message)));
  network.block((from, to) => from === 'near' && to === 'far');
  near.send('one');
  near.send('two');
  near.close(1000, 'left');
  await clock.advance(1000);
  expect(arrived).toEqual([]);
  network.block(() => false);
  expect(arrived).toEqual(['one', 'two', 'closed']);
});

test('what somebody sent before it ended arrives, and then the other side hears of the end', async () => {
  const clock = simulatedClock();
  const network = new MemoryNetwork({ clock, delayMs: () => 20 });
  const [near, far] = await clock.run(listening(network).connect());
  const arrived: unknown[] = [];
  far.receive(receiver((message) => arrived.push(message)));
  near.send('last words');
  network.leave('near');
  near.send('from beyond');
  await clock.advance(100);
  expect(arrived).toEqual(['last words', 'closed']);
});

test('one way can be blocked alone; then nobody can dial either', async () => {
  const clock = simulatedClock();
  const network = new MemoryNetwork({ clock });
  const { transport, connect } = listening(network);
  const [near, far] = await clock.run(connect());
  const atNear: unknown[] = [];
  const atFar: unknown[] = [];
  near.receive(receiver((message) => atNear.push(message)));
  far.receive(receiver((message) => atFar.push(message)));
  network.block((from, to) => from === 'far' && to === 'near');
  near.send('there');
  far.send('back');
  let dialled = false;
  const { signal } = new AbortController();
  void transport.dial('far', { limits: RMI_LIMITS, signal }).then(() => (dialled = true));
  await clock.advance(1000);
  expect({ atNear, atFar, dialled }).toEqual({ atNear: [], atFar: ['there'], dialled: false });
});

function listening(network: MemoryNetwork): {
  readonly transport: ReturnType<MemoryNetwork['transport']>;
  readonly connect: () => Promise<readonly [Connection, Connection]>;
} {
  let accepted: Connection | undefined;
  network.listen('far', (connection) => (accepted = connection));
  const transport = network.transport('near');
  const connect = async (): Promise<readonly [Connection, Connection]> => {
    const { signal } = new AbortController();
    const near = await transport.dial('far', { limits: RMI_LIMITS, signal });
    if (!accepted) throw new Error('Nobody was connected');
    return [near, accepted];
  };
  return { transport, connect };
}

function receiver(onEvent: (event: unknown) => void): Parameters<Connection['receive']>[0] {
  return {
    message: onEvent,
    alive: () => {},
    drained: () => {},
    closed: () => onEvent('closed'),
  };
}
