import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { startRole, type Go } from './role.ts';

const MESSAGE_BYTES = 256 * 1024;
const MIB = 1024 * 1024;

/** MiB a second of binary messages over one plain WebSocket from another process, to nowhere. */
export async function bareWsStream(bytes: number): Promise<number> {
  await using server = await startRole<{ port: number }, object>('send-messages', { bytes });
  const done = server.run();
  const socket = new WebSocket(`ws://127.0.0.1:${server.ready.port}`, { perMessageDeflate: false });
  const begun = performance.now();
  let received = 0;
  socket.on('message', (message: Buffer) => (received += message.length));
  await once(socket, 'close');
  const seconds = (performance.now() - begun) / 1000;
  await done;
  if (received !== bytes) throw new Error(`The bare stream gave ${received} of ${bytes} bytes.`);
  return bytes / MIB / seconds;
}

/** The role: sends so many bytes in messages to whoever connects first. */
export async function sendMessages({ bytes }: { bytes: number }, go: Go): Promise<object> {
  const message = new Uint8Array(MESSAGE_BYTES);
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  await go({ port: (server.address() as AddressInfo).port });
  const [socket] = (await accepted) as [WebSocket];
  for (let left = bytes; left > 0; left -= message.length) {
    const piece = left < message.length ? message.subarray(0, left) : message;
    const flushed = new Promise<void>((resolve) => socket.send(piece, () => resolve()));
    if (socket.bufferedAmount > MIB) await flushed;
  }
  socket.close();
  await once(socket, 'close');
  server.close();
  return {};
}
