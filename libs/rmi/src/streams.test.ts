import { test as property, fc } from '@fast-check/vitest';
import { HoldfastError } from '@holdfast/contracts';
import { joinParts, partsLength } from '@holdfast/kernel';
import { seededRandom, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { RMI_LIMITS } from './limits.ts';
import { MAX_BYTES, partsOf, pattern, streamOf } from './testing/demo-contract.ts';
import { Scene } from './testing/scene.ts';

const makeScene = (delayMs?: number): Scene => new Scene(simulatedClock(), seededRandom, delayMs);

const outcome = (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error);
const { frameBytes, windowBytes } = RMI_LIMITS;

const lengths = fc.array(fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 1_500_000 })), {
  maxLength: 4,
});

property.prop([lengths, fc.boolean()], { numRuns: 25 })(
  'bytes arrive as they were sent, however they are cut',
  async (cuts, large) => {
    const scene = makeScene();
    scene.daemon();
    const { remote } = await scene.connected();
    const content = cuts.map((length, i) => pattern(length + i).subarray(i)).slice(0, 3);
    if (partsLength(content) > MAX_BYTES) return;
    const echo = large ? remote.echoLarge({ content }) : remote.echo({ content });
    const answer = await scene.clock.run(echo);
    expect(Buffer.compare(joinParts(answer.content), joinParts(content))).toBe(0);
  },
);

test('many small parts leave in few frames', async () => {
  const scene = makeScene();
  const seen: number[] = [];
  scene.daemon({
    echo: async ({ content }) => {
      seen.push(content.length);
      return { content };
    },
  });
  const { remote } = await scene.connected();
  const content = Array.from({ length: 5_000 }, (_, i) => Uint8Array.of(i));
  const answer = await scene.clock.run(remote.echo({ content }));
  expect(joinParts(answer.content)).toEqual(joinParts(content));
  expect(seen).toEqual([1]);
});

test('received bytes are views of what arrived, a frame each', async () => {
  const scene = makeScene();
  let parts: readonly Uint8Array[] = [];
  scene.daemon({
    echo: async ({ content }) => {
      parts = content;
      return { content: [] };
    },
  });
  const { remote } = await scene.connected();
  await scene.clock.run(remote.echo({ content: [pattern(MAX_BYTES)] }));
  expect(parts.length).toBe(MAX_BYTES / frameBytes);
  expect(parts.every(({ byteOffset }) => byteOffset === 5)).toBe(true);
});

test('streams of bytes arrive as they were sent, in both directions', async () => {
  const scene = makeScene();
  let received: readonly Uint8Array[] = [];
  scene.daemon({
    upload: async ({ stream }) => {
      received = await partsOf(stream);
      return { length: partsLength(received) };
    },
  });
  const { remote } = await scene.connected();
  const length = 5_000_001;
  expect(await scene.clock.run(remote.upload({ stream: streamOf(length) }))).toEqual({ length });
  expect(Buffer.compare(joinParts(received), pattern(length))).toBe(0);
  const { stream } = await scene.clock.run(remote.download({ length }));
  const back = await scene.clock.run(partsOf(stream));
  expect(Buffer.compare(joinParts(back), pattern(length))).toBe(0);
});

test('a slow reader holds back its writer and nobody else', async () => {
  const scene = makeScene();
  let produced = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      produced += 100_000;
      controller.enqueue(new Uint8Array(100_000));
    },
  });
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  scene.daemon({
    upload: ({ stream }) => {
      reader = stream.getReader();
      return new Promise(() => {});
    },
  });
  const { remote } = await scene.connected();
  const upload = outcome(remote.upload({ stream: endless }, { timeoutMs: 60_000 }));
  await scene.clock.advance(5_000);
  // What is under way or unread, one chunk read ahead, and one in the queue of the test's own stream.
  expect(produced).toBeGreaterThan(windowBytes - 100_000);
  expect(produced).toBeLessThanOrEqual(windowBytes + 300_000);
  const content = [pattern(MAX_BYTES)];
  const echoed = await scene.clock.run(remote.echo({ content }));
  expect(partsLength(echoed.content)).toBe(MAX_BYTES);
  for (let i = 0; i < 10; i++) await scene.clock.run(reader?.read() ?? Promise.reject());
  await scene.clock.advance(1_000);
  expect(produced).toBeGreaterThan(windowBytes + 500_000);
  expect(produced).toBeLessThanOrEqual(windowBytes + 1_300_000);
  await scene.clock.run(upload);
});

test('a large transfer does not starve the small ones on its connection', async () => {
  const scene = makeScene(10);
  const order: string[] = [];
  scene.daemon();
  const { remote } = await scene.connected();
  const large = [1, 2, 3].map(async (n) => {
    await remote.echo({ content: [pattern(MAX_BYTES)] });
    order.push(`large ${n}`);
  });
  const small = async (): Promise<void> => {
    await remote.echo({ content: [pattern(1000)] });
    order.push('small');
  };
  await scene.clock.run(Promise.all([...large, small()]));
  expect(order).toEqual(['small', 'large 1', 'large 2', 'large 3']);
});

test('a reader that wants no more stops the writer, at both ends', async () => {
  const scene = makeScene();
  let aborted: unknown;
  let returned = false;
  scene.daemon({
    watch: async (_params, { signal }) => {
      signal.addEventListener('abort', () => (aborted = signal.reason));
      return { numbers: waitingFor(signal, () => (returned = true)) };
    },
  });
  const { remote } = await scene.connected();
  const { numbers } = await scene.clock.run(remote.watch({}));
  const iterator = numbers[Symbol.asyncIterator]();
  expect(await scene.clock.run(iterator.next())).toEqual({ done: false, value: 1 });
  await iterator.return?.();
  await scene.clock.advance(10);
  expect(aborted).toMatchObject({ code: 'cancelled' });
  expect(returned).toBe(true);
});

test("a caller's signal ends the streams of its results", async () => {
  const scene = makeScene();
  let returned = false;
  scene.daemon({
    watch: async (_params, { signal }) => ({
      numbers: waitingFor(signal, () => (returned = true)),
    }),
  });
  const { remote } = await scene.connected();
  const controller = new AbortController();
  const { numbers } = await scene.clock.run(remote.watch({}, { signal: controller.signal }));
  const iterator = numbers[Symbol.asyncIterator]();
  await scene.clock.run(iterator.next());
  const next = outcome(iterator.next());
  controller.abort();
  expect(await scene.clock.run(next)).toMatchObject({ code: 'cancelled' });
  await scene.clock.advance(10);
  expect(returned).toBe(true);
});

test('a stream that fails at its source fails at its reader, after what was read', async () => {
  const scene = makeScene();
  scene.daemon({ watch: async () => ({ numbers: failing() }) });
  const { remote } = await scene.connected();
  const { numbers } = await scene.clock.run(remote.watch({}));
  const read: unknown[] = [];
  const reading = async (): Promise<void> => {
    for await (const number of numbers) read.push(number);
  };
  expect(await scene.clock.run(outcome(reading()))).toMatchObject({ code: 'damaged' });
  expect(read).toEqual([1]);
});

test('an item that is not as agreed is not handed on', async () => {
  const scene = makeScene();
  scene.daemon({ watch: async () => ({ numbers: of('one' as never) }) });
  const { remote } = await scene.connected();
  const { numbers } = await scene.clock.run(remote.watch({}));
  const next = outcome(numbers[Symbol.asyncIterator]().next());
  expect(await scene.clock.run(next)).toMatchObject({ code: 'invalid-argument' });
});

test('a broken connection fails the streams that were on it, at both ends', async () => {
  const scene = makeScene();
  let cancelled: unknown;
  scene.daemon({
    download: async () => ({
      stream: new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(1000)),
        cancel: (reason) => void (cancelled = reason),
      }),
    }),
  });
  const { remote } = await scene.connected();
  const { stream } = await scene.clock.run(remote.download({ length: 1 }));
  const reader = stream.getReader();
  await scene.clock.run(reader.read());
  scene.network.cut();
  const rest = async (): Promise<void> => {
    while ((await reader.read()).value);
  };
  expect(await scene.clock.run(outcome(rest()))).toMatchObject({ code: 'disconnected' });
  expect(cancelled).toMatchObject({ code: 'disconnected' });
});

test('parameters that the implementation did not read to the end are let go with its answer', async () => {
  const scene = makeScene();
  let cancelled: unknown;
  scene.daemon({ upload: async () => ({ length: 0 }) });
  const { remote } = await scene.connected();
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
    cancel: (reason) => void (cancelled = reason),
  });
  await scene.clock.run(remote.upload({ stream }));
  await scene.clock.advance(10);
  expect(cancelled).toBeInstanceOf(HoldfastError);
});

test('bytes that are too long are refused before they are sent', async () => {
  const scene = makeScene();
  scene.daemon();
  const { remote } = await scene.connected();
  const call = outcome(remote.echo({ content: [new Uint8Array(MAX_BYTES + 1)] }));
  expect(await call).toMatchObject({ code: 'invalid-argument' });
});

async function* waitingFor(signal: AbortSignal, onReturn: () => void): AsyncIterable<number> {
  try {
    yield 1;
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  } finally {
    onReturn();
  }
}

async function* failing(): AsyncIterable<number> {
  yield 1;
  throw new HoldfastError('damaged', 'The disk lost it.');
}

async function* of(...values: number[]): AsyncIterable<number> {
  yield* values;
}
