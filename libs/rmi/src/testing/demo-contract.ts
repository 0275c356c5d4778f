import type { Implementation } from '@holdfast/contracts';
import { bytes, byteStream, contract, items, method } from '@holdfast/contracts';
import { partsLength } from '@holdfast/kernel';
import * as z from 'zod';

export const MAX_BYTES: number = 4 * 1024 * 1024;

const empty = z.object({});
const sized = z.object({ length: z.int() });

/** One method of each sort. */
export const demoContract = contract('demo', {
  add: method({
    summary: 'Adds.',
    access: 'public',
    params: z.object({ a: z.number(), b: z.number().default(1) }),
    result: z.object({ sum: z.number() }),
  }),
  fail: method({ summary: 'Fails.', access: 'public', params: empty, result: empty }),
  wait: method({
    summary: 'Answers when it is told to.',
    access: 'public',
    timeoutMs: 5_000,
    params: empty,
    result: z.object({ turn: z.int() }),
  }),
  change: method({
    summary: 'Changes something.',
    access: 'public',
    changes: true,
    params: z.object({ name: z.string() }),
    result: z.object({ turn: z.int() }),
  }),
  echo: method({
    summary: 'Gives bytes back.',
    access: 'public',
    params: z.object({ content: bytes(MAX_BYTES) }),
    result: z.object({ content: bytes(MAX_BYTES) }),
  }),
  echoLarge: method({
    summary: 'The same, on the connection for bulk.',
    access: 'public',
    lane: 'bulk',
    params: z.object({ content: bytes(MAX_BYTES) }),
    result: z.object({ content: bytes(MAX_BYTES) }),
  }),
  upload: method({
    summary: 'Takes a stream.',
    access: 'public',
    params: z.object({ stream: byteStream() }),
    result: sized,
  }),
  download: method({
    summary: 'Gives a stream.',
    access: 'public',
    params: sized,
    result: z.object({ stream: byteStream() }),
  }),
  watch: method({
    summary: 'Gives items until nobody wants more.',
    access: 'public',
    params: empty,
    result: z.object({ numbers: items(z.number()) }),
  }),
  forUsers: method({ summary: 'For users.', access: 'user', params: empty, result: empty }),
  forAdmins: method({ summary: 'For admins.', access: 'admin', params: empty, result: empty }),
  forParts: method({ summary: 'For parts.', access: 'cluster', params: empty, result: empty }),
});
export type DemoContract = typeof demoContract;

/** An implementation that tests override where they look. */
export function demo(
  overrides: Partial<Implementation<DemoContract>> = {},
): Implementation<DemoContract> {
  return {
    add: async ({ a, b }) => ({ sum: a + b }),
    fail: async () => {
      throw new Error('a secret of the inside');
    },
    wait: async () => ({ turn: 0 }),
    change: async () => ({ turn: 0 }),
    echo: async ({ content }) => ({ content }),
    echoLarge: async ({ content }) => ({ content }),
    upload: async ({ stream }) => ({ length: await lengthOf(stream) }),
    download: async ({ length }) => ({ stream: streamOf(length) }),
    watch: async (_params, { signal }) => ({ numbers: countUp(signal) }),
    forUsers: async () => ({}),
    forAdmins: async () => ({}),
    forParts: async () => ({}),
    ...overrides,
  };
}

/** Bytes whose value follows from their place. */
export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
}

async function lengthOf(stream: ReadableStream<Uint8Array>): Promise<number> {
  return partsLength(await partsOf(stream));
}

export async function partsOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  const reader = stream.getReader();
  for (;;) {
    const { value } = await reader.read();
    if (!value) return parts;
    parts.push(value);
  }
}

export function streamOf(length: number, chunkBytes = 100_000): ReadableStream<Uint8Array> {
  const whole = pattern(length);
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at === length) return controller.close();
      controller.enqueue(whole.subarray(at, at + chunkBytes));
      at = Math.min(at + chunkBytes, length);
    },
  });
}

async function* countUp(signal: AbortSignal): AsyncIterable<number> {
  for (let i = 0; !signal.aborted; i++) yield i;
}
