import { createServer } from 'node:net';

/** Below the ports that systems hand out by themselves, and below those that the programs look for. */
const LOWEST = 11_008;
const BLOCKS = 600;
/** The first port of a block is taken for as long as this process lives, as the claim to the others. */
const BLOCK_PORTS = 16;

// Processes that search in the same instant begin at different places.
let next = process.pid % BLOCKS;

/**
 * The first of `count` neighbouring ports that are this process's alone until it ends. Other tests
 * leave them alone also while the part that listens there is dead, which many scenarios need.
 */
export async function claimPorts(count: number): Promise<number> {
  if (count >= BLOCK_PORTS) throw new RangeError(`${count} ports are more than a block has`);
  for (let attempt = 0; attempt < BLOCKS; attempt++) {
    const claim = LOWEST + next * BLOCK_PORTS;
    next = (next + 1) % BLOCKS;
    const ports = Array.from({ length: count }, (_, index) => claim + 1 + index);
    if (await takes(claim, ports)) return claim + 1;
  }
  throw new Error(`This machine has no ${count} neighbouring free ports from ${LOWEST} on`);
}

/** Listens at `claim` from now on, if nobody listens there or at any of `ports`. */
async function takes(claim: number, ports: readonly number[]): Promise<boolean> {
  const held = await listens(claim);
  if (!held) return false;
  const found = await Promise.all(ports.map(listens));
  for (const one of found) one?.close();
  if (found.every((one) => one !== undefined)) return true;
  held.close();
  return false;
}

async function listens(port: number): Promise<{ close(): void } | undefined> {
  return await new Promise((resolve) => {
    const server = createServer().unref();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
