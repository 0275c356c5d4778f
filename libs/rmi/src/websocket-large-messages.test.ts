import { fc, test } from '@fast-check/vitest';
import { joinParts } from '@holdfast/kernel';
import { expect } from 'vitest';
import { LargeMessages } from './websocket-large-messages.ts';

const MAX_BYTES = 300_000;

/** One frame of a client, with its header written as the protocol wants it. */
interface Frame {
  readonly first: number;
  readonly length: number;
  readonly mask: number;
}

const frame: fc.Arbitrary<Frame> = fc.record({
  first: fc.constantFrom(0x82, 0x81, 0x89, 0x02, 0xc2),
  length: fc.constantFrom(0, 5, 125, 126, 16_383, 16_384, 65_535, 65_536, MAX_BYTES, MAX_BYTES + 1),
  mask: fc.constantFrom(0, 0x01020304),
});

test.prop([fc.array(frame, { maxLength: 6 }), fc.array(fc.nat(MAX_BYTES), { maxLength: 12 })])(
  'takes large binary messages whole, and passes all other bytes on in order, however they arrive',
  (frames, cuts) => {
    const encoded = frames.map(encode);
    // What is passed is joined until something is taken, so that cuts leave no trace.
    const expected: [string, Buffer][] = [];
    const seen: [string, Buffer][] = [];
    const note = (list: [string, Buffer][], kind: string, bytes: Uint8Array): void => {
      const last = list.at(-1);
      if (kind === 'passed' && last?.[0] === 'passed') last[1] = Buffer.concat([last[1], bytes]);
      else list.push([kind, Buffer.from(bytes)]);
    };
    frames.forEach(({ first, length, mask }, i) => {
      const { header, payload } = encoded[i] ?? encode({ first, length, mask });
      const large = length >= 16_384 && length <= MAX_BYTES;
      if (first === 0x82 && mask === 0 && large) note(expected, 'taken', payload);
      else note(expected, 'passed', Buffer.concat([header, payload]));
    });
    const messages = new LargeMessages({
      masked: true,
      maxBytes: MAX_BYTES,
      pass: (bytes) => note(seen, 'passed', bytes),
      take: (parts) => note(seen, 'taken', joinParts(parts)),
    });
    const all = Buffer.concat(encoded.flatMap(({ header, payload }) => [header, payload]));
    for (const piece of cutUp(all, cuts)) messages.push(piece);
    expect(seen.length).toBe(expected.length);
    expected.forEach(([kind, bytes], i) => {
      expect(seen[i]?.[0]).toBe(kind);
      expect(bytes.equals(seen[i]?.[1] ?? Buffer.alloc(0))).toBe(true);
    });
  },
);

test('leaves frames that are not masked as they have to be to the library', () => {
  const passed: Buffer[] = [];
  const messages = new LargeMessages({
    masked: false,
    maxBytes: MAX_BYTES,
    pass: (bytes) => passed.push(bytes),
    take: () => expect.unreachable(),
  });
  const { header, payload } = encode({ first: 0x82, length: 20_000, mask: 0 });
  const whole = Buffer.concat([header, payload]);
  messages.push(whole);
  expect(Buffer.concat(passed)).toEqual(whole);
});

function encode({ first, length, mask }: Frame): { header: Buffer; payload: Buffer } {
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const header = Buffer.alloc(2 + lengthBytes + 4);
  header[0] = first;
  header[1] = 0x80 | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) header.writeUInt16BE(length, 2);
  if (lengthBytes === 8) header.writeBigUInt64BE(BigInt(length), 2);
  header.writeUInt32BE(mask, 2 + lengthBytes);
  const payload = Buffer.alloc(length, length % 251);
  return { header, payload };
}

/** Cuts in pieces; also around each frame, where a header would be cut in two. */
function cutUp(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const size of cuts) {
    const step = size % 3 === 0 ? (size % 7) + 1 : size;
    pieces.push(bytes.subarray(at, at + step));
    at = Math.min(bytes.length, at + step);
  }
  pieces.push(bytes.subarray(at));
  return pieces.filter((piece) => piece.length > 0);
}
