import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { joinParts, type ByteParts } from '@holdfast/kernel';
import { expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { RMI_LIMITS, WIRE_LIMITS } from './limits.ts';
import { WebSocketConnection } from './websocket-connection.ts';

/** What the operating system does with a socket, done by a test. */
class TestSocket extends Duplex {
  readonly written: Buffer[] = [];

  override _read(): void {}

  override _writev(chunks: { chunk: Buffer }[], callback: () => void): void {
    this.written.push(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    callback();
  }

  setNoDelay(): this {
    return this;
  }
}

function connectionOn(stream: TestSocket): WebSocketConnection {
  const library = Object.assign(new EventEmitter(), { OPEN: 1, readyState: 1 });
  stream.on('data', () => {});
  return new WebSocketConnection(library as unknown as WebSocket, stream as unknown as Socket, {
    dialled: true,
    maxMessageBytes: 2 * RMI_LIMITS.frameBytes,
  });
}

// fills WIRE_LIMITS.messageParts
test.for([
  ['few packets arrives in their pieces', WIRE_LIMITS.messageParts, WIRE_LIMITS.messageParts],
  ['more packets than that is joined', WIRE_LIMITS.messageParts + 1, 1],
] as const)('a message of %s', ([, packets, pieces]) => {
  const stream = new TestSocket();
  const arrived: ByteParts[] = [];
  connectionOn(stream).receive({
    message: () => expect.unreachable(),
    pieces: (parts) => void arrived.push(parts),
    alive: () => {},
    drained: () => {},
    closed: () => {},
  });
  const packet = Buffer.alloc(WIRE_LIMITS.largeMessageBytes, 7);
  const header = Buffer.alloc(10);
  header[0] = 0x82;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(packets * packet.length), 2);
  stream.emit('data', header);
  for (let i = 0; i < packets; i++) stream.emit('data', packet);
  expect(arrived.map((parts) => parts.length)).toEqual([pieces]);
  expect(joinParts(arrived[0] ?? []).length).toBe(packets * packet.length);
});

// fills WIRE_LIMITS.corkedBytes
test('what is sent in one turn is collected up to a limit, and then written out', async () => {
  const stream = new TestSocket();
  const connection = connectionOn(stream);
  const message = new Uint8Array(WIRE_LIMITS.copiedBytes / 2);
  let largest = 0;
  for (let sent = 0; sent < 3 * WIRE_LIMITS.corkedBytes; sent += message.length) {
    connection.sendBytes([message]);
    largest = Math.max(largest, connection.backlogBytes);
  }
  expect(stream.written.length).toBeGreaterThanOrEqual(2);
  expect(largest).toBeGreaterThan(WIRE_LIMITS.corkedBytes / 2);
  expect(largest).toBeLessThan(WIRE_LIMITS.corkedBytes + message.length);
  await new Promise((resolve) => setImmediate(resolve));
  expect(connection.backlogBytes).toBe(0);
});
