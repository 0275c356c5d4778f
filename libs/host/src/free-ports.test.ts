import { createServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePorts } from './free-ports.ts';
import { HOST_LIMITS } from './limits.ts';

// Where the search begins anew after the last port.
const [LOWEST, SPAN] = [21_000, 10_000];

/** Listens at so many ports after `port`, but at those that somebody has already. */
async function take(port: number, count: number): Promise<void> {
  const servers: Server[] = [];
  onTestFinished(() => servers.forEach((server) => server.close()));
  const ports = Array.from({ length: count }, (_, i) => LOWEST + ((port - LOWEST + 1 + i) % SPAN));
  await Promise.all(
    ports.map(
      (one) =>
        new Promise<void>((resolve) => {
          const server = createServer();
          server.once('error', () => resolve());
          server.listen(one, '127.0.0.1', () => resolve());
          servers.push(server);
        }),
    ),
  );
}

// fills HOST_LIMITS.portTries
test('the search for a free port goes on for a while where many are taken, and ends', async () => {
  await take(await findFreePorts(1), HOST_LIMITS.portTries - 1);
  const after = await findFreePorts(1);
  await take(after, HOST_LIMITS.portTries);
  await expect(findFreePorts(1)).rejects.toThrow('no 1 neighbouring free ports');
});
