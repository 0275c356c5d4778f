import { partsLength } from '@holdfast/kernel';
import { expect, test } from 'vitest';
import type { Connection } from './connection.ts';
import { readFrame } from './frame.ts';
import { RMI_LIMITS, WIRE_LIMITS } from './limits.ts';
import { OutgoingStreams } from './outgoing-streams.ts';

const { frameBytes, windowBytes } = RMI_LIMITS;

/** A connection whose other end takes only what the test lets it take. */
function stuckConnection(): {
  readonly connection: Connection;
  readonly sent: number[];
  /** Of how many parts each message was made. */
  readonly parts: number[];
  take(): void;
} {
  const waiting: number[] = [];
  const sent: number[] = [];
  const partsOfEach: number[] = [];
  const connection = {
    get backlogBytes() {
      return waiting.reduce((sum, bytes) => sum + bytes, 0);
    },
    sendBytes: (parts: readonly Uint8Array[]) => {
      waiting.push(partsLength(parts));
      sent.push(readFrame(parts)?.stream ?? -1);
      partsOfEach.push(parts.length);
    },
  };
  const take = (): void => void waiting.shift();
  return { connection: connection as Connection, sent, parts: partsOfEach, take };
}

test('streams take turns, and a frame leaves only behind a backlog of at most one frame', () => {
  const { connection, sent, take } = stuckConnection();
  const streams = new OutgoingStreams(connection, RMI_LIMITS);
  for (let i = 0; i < 3; i++) streams.bytes([new Uint8Array(2 * frameBytes)]);
  let largestBacklog = 0;
  for (let i = 0; i < 10; i++) {
    streams.pump();
    largestBacklog = Math.max(largestBacklog, connection.backlogBytes);
    take();
  }
  expect(sent).toEqual([1, 2, 3, 1, 2, 3]);
  expect(largestBacklog).toBeLessThan(2 * (frameBytes + 10));
});

// fills WIRE_LIMITS.frameParts
test('a frame is made of few parts, however many its bytes came in', () => {
  const { connection, parts } = stuckConnection();
  const streams = new OutgoingStreams(connection, RMI_LIMITS);
  for (const count of [WIRE_LIMITS.frameParts, WIRE_LIMITS.frameParts + 1]) {
    streams.bytes(Array.from({ length: count }, () => Uint8Array.of(1)));
  }
  streams.pump();
  const header = 1;
  expect(parts).toEqual([header + WIRE_LIMITS.frameParts, header + 1]);
});

test('a stream without credit lets the others pass, and goes on when it has some', () => {
  const { connection, sent, take } = stuckConnection();
  const streams = new OutgoingStreams(connection, RMI_LIMITS);
  streams.bytes([new Uint8Array(windowBytes + frameBytes)]);
  const pumpAll = (): void => {
    for (let i = 0; i < 20; i++) {
      streams.pump();
      take();
    }
  };
  pumpAll();
  expect(sent.length).toBe(windowBytes / frameBytes);
  streams.bytes([new Uint8Array(10)]);
  pumpAll();
  expect(sent.at(-1)).toBe(2);
  expect(streams.open).toBe(1);
  streams.credit(1, frameBytes);
  pumpAll();
  expect(sent.at(-1)).toBe(1);
  expect(streams.open).toBe(0);
});
