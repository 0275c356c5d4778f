import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { toHex } from '@holdfast/kernel';
import type { Seeded } from '../../support/seeded.ts';
import { count, type Attack } from './attack.ts';

const SOCKETS = 20;
const LINES = 50;
const HOLD_MS = 300;

/** Asks for chunks with tickets that are none, in lines that are none, and does not wait for answers. */
export const chunkReaders: Attack = {
  name: 'chunk readers',
  round: async (target, random, tally) => {
    const { hostname, port } = new URL(target.url);
    const sockets: Socket[] = [];
    for (let opened = 0; opened < SOCKETS; opened++) {
      const socket = connect(Number(port), hostname);
      // Being cut off is the expected end.
      socket.on('error', () => {});
      socket.on('close', () => count(tally, 'chunk reader closed'));
      if (random.below(4) > 0) socket.resume();
      socket.write(
        'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: holdfast-chunks-1\r\n\r\n',
      );
      for (let sent = random.below(LINES); sent > 0; sent--) socket.write(oddLine(random));
      sockets.push(socket);
    }
    await pause(HOLD_MS);
    for (const socket of sockets) socket.destroy();
  },
};

function oddLine(random: Seeded): string | Uint8Array {
  const hex = (bytes: number): string => toHex(random.bytes(bytes));
  const ticket = { nonce: hex(16), proof: hex(32) };
  const request = { id: random.below(5), file: hex(16), hash: hex(32), ticket };
  return random.pick([
    () => `${JSON.stringify(request)}\n`,
    () => `${JSON.stringify(request)}\n`.repeat(40),
    () => `${JSON.stringify({ ...request, id: -1 })}\n`,
    () => JSON.stringify(request).slice(0, random.below(300)),
    () => '['.repeat(random.below(2_000)),
    () => '\n',
    () => random.bytes(random.below(3_000)),
  ])();
}
