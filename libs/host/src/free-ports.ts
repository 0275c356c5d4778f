import { createServer } from 'node:net';
import { HOST_LIMITS } from './limits.ts';

/** Below the ports that systems hand out by themselves, so that none is taken in between. */
const LOWEST = 21_000;
const SPAN = 10_000;

// Processes that search in the same instant begin at different places.
let next = LOWEST + ((process.pid * 61) % SPAN);

/** The first of `count` neighbouring ports that nobody on this machine listens at now. */
export async function findFreePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < HOST_LIMITS.portTries; attempt++) {
    const first = next;
    next = next + count < LOWEST + SPAN ? next + count : LOWEST;
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
  throw new Error(`This machine has no ${count} neighbouring free ports from ${LOWEST} on`);
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
