import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Seeded } from '../../support/seeded.ts';
import { count, type Attack } from './attack.ts';
import { RawConnection } from './raw-connection.ts';

const SOCKETS = 30;
const HOLD_MS = 500;

/** Starts to store and to read, and tears the connection off in the middle. */
export const leaver: Attack = {
  name: 'leaver',
  round: async (target, random, tally) => {
    await using connection = await RawConnection.open(target, tally);
    if (!connection) return;
    const path = `/shared/fuzz-left-${random.below(20)}`;
    const content = { $bytes: 1, length: 200_000 };
    const hash = 'f'.repeat(64);
    connection.send({ id: 1, method: 'files.write', params: { path, hash, content } });
    connection.send({ id: 2, method: 'files.openUpload', params: { path } });
    connection.send({ id: 3, method: 'files.openRead', params: { path: '/shared' } });
    connection.sendBytes(Uint8Array.of(1, 0, 0, 0, 1, ...random.bytes(random.below(100_000))));
    await connection.answers(random.below(4));
  },
};

/** HTTP that is half there, endless, or not HTTP. */
export const oddHttp: Attack = {
  name: 'odd HTTP',
  round: async (target, random, tally) => {
    const { hostname, port } = new URL(target.url);
    const sockets: Socket[] = [];
    for (let opened = 0; opened < SOCKETS; opened++) {
      const socket = connect(Number(port), hostname);
      // Being cut off is the expected end.
      socket.on('error', () => {});
      socket.on('close', () => count(tally, 'HTTP socket closed'));
      socket.write(oddRequest(random));
      sockets.push(socket);
    }
    await pause(HOLD_MS);
    for (const socket of sockets) socket.destroy();
  },
};

function oddRequest(random: Seeded): string | Uint8Array {
  const body = '[1,'.repeat(random.below(50_000));
  return random.pick([
    () => 'GET / HTTP/1.1\r\nHost: x\r\n',
    () => `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    () => `POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n${body}`,
    () => `POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    () => `POST /rpc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n${body}`,
    () => `POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`,
    () => `GET / HTTP/1.1\r\n${'X-Long: 1\r\n'.repeat(5_000)}\r\n`,
    () =>
      'GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 99\r\n\r\n',
    () => 'GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n',
    () => random.bytes(random.below(100_000)),
  ])();
}
