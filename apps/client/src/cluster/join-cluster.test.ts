import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { writeInvite } from '@holdfast/host';
import { expect, onTestFinished, test } from 'vitest';
import { openClusterFolder } from './cluster-folder.ts';
import { joinCluster } from './join-cluster.ts';

/** Listens, and never takes a connection from the system's queue, which is short. */
const DEAF = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
  });`;

/** The port of a machine that answers nothing, not even that nobody listens. */
async function deafPort(): Promise<number> {
  const worker = new Worker(DEAF, { eval: true });
  onTestFinished(async () => void (await worker.terminate()));
  const [port] = (await once(worker, 'message')) as [number];
  for (let waiting = 0; waiting < 4; waiting++) {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    onTestFinished(() => void socket.destroy());
  }
  return port;
}

// fills CLUSTER_LIMITS.joinMs
test('of several frontends one that does not answer is passed over after a time', async () => {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-join-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const folder = openClusterFolder(path);
  const listening = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void listening.close());
  await once(listening, 'listening');
  const deaf = `ws://127.0.0.1:${await deafPort()}`;
  const there = `ws://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  const key = new Uint8Array(32);

  const alone = writeInvite({ name: 'server-8', frontends: [deaf], key });
  await expect(joinCluster(folder, alone, {}, 200)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('No frontend answers'),
  });
  const both = writeInvite({ name: 'server-9', frontends: [deaf, there], key });
  expect(await joinCluster(folder, both, {}, 200)).toMatchObject({
    name: 'server-9',
    address: 'ws://127.0.0.1:7401',
  });
});
