import { connect as plug, createServer, type Socket } from 'node:net';
import { transportSuite } from '@holdfast/testkit';
import { deferred, equalBytes, joinParts, type ByteParts } from '@holdfast/kernel';
import { expect, test } from 'vitest';
import type { Connection } from './connection.ts';
import { RMI_LIMITS } from './limits.ts';
import { serve } from './serve.ts';
import { webSocketTransport } from './websocket-transport.ts';

transportSuite('WebSocket', async () => {
  const accepted: Connection[] = [];
  const daemon = {
    limits: RMI_LIMITS,
    accept: (connection: Connection) => accepted.push(connection),
  };
  const listener = await serve(daemon as never, { url: 'ws://127.0.0.1:0' });
  const cable = await pluggedInto(listener.port);
  const transport = webSocketTransport();
  return {
    connect: async () => {
      const { signal } = new AbortController();
      const near = await transport.dial(cable.url, { limits: RMI_LIMITS, signal });
      const far = accepted.pop();
      if (!far) throw new Error('Nobody was connected');
      return [near, far];
    },
    dialNobody: async (signal) => {
      const gone = await pluggedInto(1);
      await gone.close();
      return await transport.dial(gone.url, { limits: RMI_LIMITS, signal });
    },
    cut: () => cable.cut(),
    run: (work) => work,
    [Symbol.asyncDispose]: async () => {
      cable.cut();
      await cable.close();
      await listener.close();
    },
  };
});

test('large messages arrive in the pieces that the socket gave, in both directions', async () => {
  const accepted = deferred<Connection>();
  const daemon = { limits: RMI_LIMITS, accept: accepted.resolve };
  const listener = await serve(daemon as never, { url: 'ws://127.0.0.1:0' });
  const { signal } = new AbortController();
  const near = await webSocketTransport().dial(listener.url, { limits: RMI_LIMITS, signal });
  const far = await accepted.promise;
  const large = new Uint8Array(RMI_LIMITS.frameBytes).map((_, i) => i % 251);
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    const arrived = deferred<ByteParts>();
    to.receive({
      message: () => arrived.reject(new Error('The library has copied it.')),
      pieces: arrived.resolve,
      alive: () => {},
      drained: () => {},
      closed: () => {},
    });
    from.sendBytes([large]);
    expect(equalBytes(joinParts(await arrived.promise), large)).toBe(true);
  }
  near.close(1000, '');
  await listener.close();
});

/** A way to `port` that can be cut. */
async function pluggedInto(port: number): Promise<{
  readonly url: string;
  cut(): void;
  close(): Promise<void>;
}> {
  const ends = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = plug({ host: '127.0.0.1', port });
    for (const [one, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      ends.add(one);
      one.setNoDelay(true);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('Not listening');
  return {
    url: `ws://127.0.0.1:${address.port}`,
    cut: () => {
      for (const end of ends) end.resetAndDestroy();
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
