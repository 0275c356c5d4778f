import { fc, test as property } from '@fast-check/vitest';
import {
  DATA_LIMITS,
  HoldfastError,
  type ChunkPath,
  type FilesContract,
  type Remote,
} from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { deferred, joinParts, type Clock } from '@holdfast/kernel';
import { simulatedClock } from '@holdfast/testkit';
import { beforeEach, expect, test } from 'vitest';
import { sourceOfBytes, sourceOfIterable } from './byte-source.ts';
import { ReadBuffers } from './chunk-buffers.ts';
import type { HoldfastClient } from './holdfast-client.ts';
import { SDK_LIMITS } from './limits.ts';
import { relayChunkPath } from './relay-chunk-path.ts';
import { RemoteFile, type ReadRange } from './remote-file.ts';
import {
  FakeFrontend,
  SEVERAL_CHUNKS_BYTES,
  fakeClient,
  testBytes,
  type FakeConnection,
} from './testing/index.ts';

const stoppedClock: Clock = {
  wallMs: () => 0,
  monotonicMs: () => 0,
  schedule: () => ({ cancel: () => {} }),
};

let frontend: FakeFrontend;
let client: HoldfastClient;
let connection: FakeConnection;
beforeEach(() => {
  frontend = new FakeFrontend();
  ({ client, connection } = fakeClient(frontend, stoppedClock, blake3Hasher));
});

const path = '/a';

async function readAll(range?: ReadRange): Promise<Uint8Array> {
  await using file = await client.openFile(path);
  return await joined(file.read(range));
}

async function joined(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of pieces) parts.push(part.slice());
  return joinParts(parts);
}

// fills DATA_LIMITS.inlineFileBytes
test.for([
  [0, 'write'],
  [1, 'write'],
  [DATA_LIMITS.inlineFileBytes, 'write'],
  [DATA_LIMITS.inlineFileBytes + 1, 'openUpload putChunk commitUpload'],
] as const)('a file of %i bytes goes with these calls: %s', async ([size, calls]) => {
  const bytes = testBytes(size);
  await client.putFile(sourceOfBytes(bytes), { path });
  expect([...frontend.calls.keys()].join(' ')).toBe(calls);
  expect([...frontend.calls.values()]).toEqual(calls.split(' ').map(() => 1));
  expect(Buffer.compare(await readAll(), bytes)).toBe(0);
  // What comes with the opening need not be asked for.
  expect(frontend.calls.has('getChunk')).toBe(calls !== 'write');
});

// fills SDK_LIMITS.uploadChunksInFlight
test('a large file goes in chunks, a window of them at once, and comes back whole', async () => {
  const bytes = testBytes(12 * DATA_LIMITS.chunkBytes + 5);
  const progress: number[] = [];
  const onProgress = (done: number): void => void progress.push(done);
  const windowIsFull = deferred();
  frontend.beforeCall = async (method) => {
    if (method !== 'putChunk') return;
    expect(frontend.chunkPutsAtOnce).toBeLessThanOrEqual(SDK_LIMITS.uploadChunksInFlight);
    if (frontend.chunkPutsAtOnce === SDK_LIMITS.uploadChunksInFlight) windowIsFull.resolve();
    await windowIsFull.promise;
  };
  await client.putFile(sourceOfBytes(bytes), { path, onProgress });
  expect(progress.at(-1)).toBe(bytes.length);
  expect(Buffer.compare(await readAll(), bytes)).toBe(0);
});

const BIG = testBytes(SEVERAL_CHUNKS_BYTES);

property.prop([fc.nat(BIG.length + 10), fc.nat(BIG.length + 10)], { numRuns: 30 })(
  'a range gives exactly its bytes and touches only its chunks',
  async (a, b) => {
    const frontendNow = new FakeFrontend();
    client = fakeClient(frontendNow, stoppedClock, blake3Hasher).client;
    await client.putFile(sourceOfBytes(BIG), { path });
    const [start, end] = [Math.min(a, b), Math.max(a, b)];
    expect(Buffer.compare(await readAll({ start, end }), BIG.subarray(start, end))).toBe(0);
    const { chunkBytes } = DATA_LIMITS;
    const last = Math.min(end, BIG.length);
    const touched =
      start >= last ? 0 : Math.ceil(last / chunkBytes) - Math.floor(start / chunkBytes);
    expect(frontendNow.calls.get('getChunk') ?? 0).toBe(touched);
  },
);

test('a wrong copy is noticed, and another server is asked', async () => {
  await client.putFile(sourceOfBytes(BIG), { path });
  frontend.wrongServers.add('server-1').add('server-2');
  expect(Buffer.compare(await readAll(), BIG)).toBe(0);
});

test('with only wrong copies a read is an error that names the file', async () => {
  await client.putFile(sourceOfBytes(BIG), { path });
  for (const name of ['server-1', 'server-2', 'server-3']) frontend.wrongServers.add(name);
  await expect(readAll()).rejects.toMatchObject({ code: 'damaged' });
});

test('who gave wrong bytes that it had not verified is under suspicion, and may be asked again', async () => {
  await client.putFile(sourceOfBytes(BIG), { path });
  const files = frontend.files as Remote<FilesContract>;
  const relay = relayChunkPath(files);
  const asked = new Set<string>();
  const wrong = { content: [Uint8Array.of(1)], server: 'server-2', verified: false };
  const get: ChunkPath['get'] = async (chunk, options) => {
    asked.add(JSON.stringify([chunk.exclude, chunk.suspects]));
    return chunk.suspects?.length === 0 ? wrong : await relay.get(chunk, options);
  };
  const pathOfChunks = { ...relay, get };
  const buffers = new ReadBuffers();
  const parts = { files, path: pathOfChunks, hasher: blake3Hasher, connection, buffers };
  await using file = await RemoteFile.open(parts, path);
  expect(Buffer.compare(await joined(file.read()), BIG)).toBe(0);
  expect([...asked]).toEqual(['[[],[]]', '[[],["server-2"]]']);
});

// fills SDK_LIMITS.wrongCopies
test('a chunk that is wrong on every server is given up after some of them', async () => {
  await client.putFile(sourceOfBytes(BIG), { path });
  let most = 0;
  const getChunk = ({ exclude }: { readonly exclude: readonly string[] }): object => {
    most = Math.max(most, exclude.length + 1);
    return { content: [Uint8Array.of(1)], server: `server-${exclude.length}` };
  };
  Object.assign(frontend.files, { getChunk });
  await expect(readAll()).rejects.toMatchObject({ code: 'damaged' });
  expect(most).toBe(SDK_LIMITS.wrongCopies);
});

// fills SDK_LIMITS.readAheadChunks
test('a download asks for a window of chunks ahead, and no more', async () => {
  await client.putFile(sourceOfBytes(testBytes(12 * DATA_LIMITS.chunkBytes)), { path });
  await using file = await client.openFile(path);
  const windowIsFull = deferred();
  let asked = 0;
  frontend.beforeCall = async (method) => {
    if (method !== 'getChunk') return;
    if (++asked === SDK_LIMITS.readAheadChunks) windowIsFull.resolve();
    await windowIsFull.promise;
  };
  const reading = file.read();
  await reading.next();
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toBe(SDK_LIMITS.readAheadChunks);
  await reading.return(undefined);
});

test('a read goes on when the frontend restarts in the middle', async () => {
  await client.putFile(sourceOfBytes(BIG), { path });
  await using file = await client.openFile(path);
  const parts: Uint8Array[] = [];
  for await (const part of file.read()) {
    if (parts.length === 0) frontend.restart();
    parts.push(part.slice());
  }
  expect(Buffer.compare(joinParts(parts), BIG)).toBe(0);
});

test('a read that was forgotten, and of a version that is gone since, says so and to read again', async () => {
  await client.putFile(sourceOfBytes(BIG), { path });
  await using file = await client.openFile(path);
  frontend.restart();
  frontend.beforeCall = async (method) => {
    if (method === 'openRead') throw new HoldfastError('not-found', 'It is no longer kept.');
  };
  await expect(joined(file.read())).rejects.toMatchObject({
    code: 'handle-gone',
    message: expect.stringContaining('Read it again'),
  });
});

// fills SDK_LIMITS.reopenings
test('a read whose frontend keeps forgetting it is given up in the end', async () => {
  await client.putFile(sourceOfBytes(BIG), { path });
  await using file = await client.openFile(path);
  let asked = 0;
  frontend.beforeCall = (method) => {
    if (method !== 'getChunk') return;
    asked++;
    frontend.restart();
  };
  await expect(file.read().next()).rejects.toMatchObject({ code: 'handle-gone' });
  expect(asked).toBeGreaterThan(SDK_LIMITS.reopenings / SDK_LIMITS.readAheadChunks);
});

test('a read never goes on with another file of the same name', async () => {
  await client.putFile(sourceOfBytes(BIG), { path });
  await using file = await client.openFile(path);
  await client.files.remove({ path, recursive: false });
  await client.putFile(sourceOfBytes(testBytes(BIG.length)), { path });
  frontend.restart();
  await expect(file.read().next()).rejects.toMatchObject({ code: 'handle-gone' });
});

/** Cuts the connection in the middle of an upload's second chunk, then restarts the frontend. */
function restartOnce(atRestart: () => void = () => {}): { struck: boolean } {
  const fault = { struck: false };
  frontend.beforeCall = (method, params) => {
    if (method !== 'putChunk' || fault.struck) return;
    if ((params as { offset: number }).offset < 3 * DATA_LIMITS.chunkBytes) return;
    fault.struck = true;
    connection.cut();
    frontend.restart();
    atRestart();
    setImmediate(() => connection.restore());
    throw new HoldfastError('disconnected', 'The frontend is gone.');
  };
  return fault;
}

test('an upload goes on when the frontend restarts in the middle', async () => {
  const bytes = testBytes(10 * DATA_LIMITS.chunkBytes);
  const fault = restartOnce();
  await client.putFile(sourceOfBytes(bytes), { path });
  expect(fault.struck).toBe(true);
  expect(frontend.calls.get('reopenUpload')).toBeGreaterThan(0);
  expect(Buffer.compare(frontend.content(path) ?? new Uint8Array(), bytes)).toBe(0);
});

test('chunks that a restarted frontend has lost are read and sent again', async () => {
  const bytes = testBytes(10 * DATA_LIMITS.chunkBytes);
  const fault = restartOnce(() => frontend.loseUploadedChunk(0, true));
  await client.putFile(sourceOfBytes(bytes), { path });
  expect(fault.struck).toBe(true);
  expect(Buffer.compare(frontend.content(path) ?? new Uint8Array(), bytes)).toBe(0);
});

test('chunks that a frontend loses right before the commit are read and sent again', async () => {
  const bytes = testBytes(3 * DATA_LIMITS.chunkBytes);
  let struck = false;
  frontend.beforeCall = (method) => {
    if (method !== 'commitUpload' || struck) return;
    struck = true;
    // The call is made again by itself, at a frontend that takes what it does not know for missing.
    frontend.loseUploadedChunk(0, true);
    connection.cut();
    connection.restore();
  };
  await client.putFile(sourceOfBytes(bytes), { path });
  expect(struck).toBe(true);
  expect(Buffer.compare(frontend.content(path) ?? new Uint8Array(), bytes)).toBe(0);
});

test('a chunk that only the frontend has forgotten is found again without its bytes', async () => {
  const bytes = testBytes(10 * DATA_LIMITS.chunkBytes);
  const fault = restartOnce(() => frontend.loseUploadedChunk(0, false));
  const pipe = (async function* () {
    yield bytes;
  })();
  await client.putFile(sourceOfIterable(pipe), { path });
  expect(fault.struck).toBe(true);
  expect(Buffer.compare(frontend.content(path) ?? new Uint8Array(), bytes)).toBe(0);
});

test('a pipe whose bytes were lost is an error, and nothing becomes visible', async () => {
  restartOnce(() => frontend.loseUploadedChunk(0, true));
  const pipe = (async function* () {
    yield testBytes(10 * DATA_LIMITS.chunkBytes);
  })();
  const put = client.putFile(sourceOfIterable(pipe), { path });
  await expect(put).rejects.toMatchObject({ code: 'upload-gone' });
  expect(frontend.entries.has(path)).toBe(false);
});

test('a cancelled upload is given up at the frontend and leaves nothing', async () => {
  const stop = new AbortController();
  frontend.beforeCall = (method) => {
    if (method === 'putChunk') stop.abort(new HoldfastError('cancelled', 'Stopped.'));
  };
  const put = client.putFile(sourceOfBytes(BIG), { path, signal: stop.signal });
  await expect(put).rejects.toMatchObject({ code: 'cancelled' });
  expect(frontend.calls.get('abortUpload')).toBe(1);
  expect(frontend.uploads.size).toBe(0);
  expect(frontend.entries.has(path)).toBe(false);
});

// fills SDK_LIMITS.abortMs
test('a frontend that does not hear what was given up is soon waited for no more', async () => {
  const clock = simulatedClock();
  const { client: timed } = fakeClient(frontend, clock, blake3Hasher);
  await timed.putFile(sourceOfBytes(BIG), { path });
  const file = await timed.openFile(path);
  const stop = new AbortController();
  frontend.beforeCall = async (method) => {
    if (method === 'putChunk') stop.abort(new HoldfastError('cancelled', 'Stopped.'));
    if (method === 'abortUpload' || method === 'closeRead') await new Promise(() => {});
  };
  const put = timed.putFile(sourceOfBytes(BIG), { path, signal: stop.signal });
  const startMs = clock.monotonicMs();
  const error = await clock.run(put.catch((reason: unknown) => reason));
  expect(error).toMatchObject({ code: 'cancelled' });
  expect(frontend.calls.get('abortUpload')).toBe(1);
  expect(clock.monotonicMs() - startMs).toBe(SDK_LIMITS.abortMs);

  await clock.run(file[Symbol.asyncDispose]());
  expect(frontend.calls.get('closeRead')).toBe(1);
  expect(clock.monotonicMs() - startMs).toBe(2 * SDK_LIMITS.abortMs);
});

test('an upload that fails ends with the first failure, though its source is stuck', async () => {
  frontend.beforeCall = (method) => {
    if (method === 'putChunk') throw new HoldfastError('no-space', 'No server has space.');
  };
  const stuck = (async function* () {
    yield BIG;
    await new Promise(() => {});
  })();
  const put = client.putFile(sourceOfIterable(stuck), { path });
  await expect(put).rejects.toMatchObject({ code: 'no-space' });
});
