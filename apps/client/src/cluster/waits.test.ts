import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leaveRebuildRequest, takeBackupRequest } from '@holdfast/host';
import { expect, onTestFinished, test } from 'vitest';
import { awaitReady, awaitStarted } from './await-ready.ts';
import { backUpDirectory } from './back-up-directory.ts';
import { openClusterFolder, type ClusterFolder } from './cluster-folder.ts';
import { askLiveServers, askReadiness } from './health.ts';
import { frontendOf, type Instance } from './instance.ts';
import { CLUSTER_LIMITS } from './limits.ts';
import { ensureInstances } from './make-instances.ts';
import { untilRebuilt } from './rebuild-directory.ts';
import { killPart, logFileOf, startPart, stopPart } from './part-process.ts';

type Frontend = Extract<Instance, { kind: 'frontend' }>;

/** Nobody is waited for this long in a test that ends. */
const FOR_EVER_MS = 600_000;
/** A program that neither listens nor ends when it is told to. */
const STUBBORN = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1_000); console.log('up');`;

/** The port of a program that gives every question this answer. */
async function answering(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const waiting: RequestListener = (_, response) => {
  response.writeHead(503).end(JSON.stringify({ reason: 'it waits for its neighbours' }));
};

/** A cluster of one frontend, which is to listen at `port`. */
async function makeCluster(port: number): Promise<[ClusterFolder, Frontend]> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-waits-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  const folder = openClusterFolder(path);
  await ensureInstances(folder, { servers: 1, port });
  return [folder, await frontendOf(folder, undefined)];
}

/** Runs a program of this source as that part. */
async function startProgram(folder: ClusterFolder, part: Instance, source: string): Promise<void> {
  const program = join(folder.path, 'program.mjs');
  await writeFile(program, source);
  onTestFinished(async () => void (await killPart(folder, part)));
  await startPart(folder, part, program);
}

/** Waits until the stubborn program listens to signals, as it says in its log. */
async function untilUp(folder: ClusterFolder, part: Instance): Promise<void> {
  await expect
    .poll(() => readFile(logFileOf(folder, part), 'utf8'), { timeout: 20_000 })
    .toContain('up');
}

// fills CLUSTER_LIMITS.healthMs
test('a part that takes a question and does not answer counts as silent after a time', async () => {
  const listen = `ws://127.0.0.1:${await answering(() => {})}`;
  const startMs = performance.now();
  const answers = await Promise.all([askReadiness(listen), askLiveServers(listen)]);
  expect(answers).toEqual([{ state: 'silent' }, 0]);
  // Timers count whole milliseconds.
  expect(performance.now() - startMs).toBeGreaterThan(CLUSTER_LIMITS.healthMs - 2);
});

test('a part that stops in the middle of its answer counts as silent', async () => {
  const half: RequestListener = (_, response) => void response.writeHead(200).write('holdfast_');
  const listen = `ws://127.0.0.1:${await answering(half)}`;
  const answers = await Promise.all([askReadiness(listen), askLiveServers(listen)]);
  expect(answers).toEqual([{ state: 'silent' }, 0]);
});

// fills CLUSTER_LIMITS.pageCharacters
test.each([
  [0, 3],
  [1, 0],
])('of a page with %i characters too many, %i live servers are read', async (more, live) => {
  const figure = 'holdfast_servers_live 3\n';
  const rest = CLUSTER_LIMITS.pageCharacters - figure.length + more;
  const page = figure + '#'.repeat(rest);
  const listen = `ws://127.0.0.1:${await answering((_, response) => response.end(page))}`;
  expect(await askLiveServers(listen)).toBe(live);
});

test.each([
  ['process.exit(7)', 'has ended with exit code 7.'],
  [`process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1_000);`, 'was ended by SIGKILL.'],
])('of a part that does %s, it is said that it %s', async (end, ending) => {
  const [folder, part] = await makeCluster(await answering(waiting));
  await startProgram(folder, part, `console.log('its last line'); ${end}`);
  const expected = {
    code: 'unavailable',
    message: expect.stringMatching(new RegExp(`^frontend ${ending} .*its last line`, 's')),
  };
  await expect(awaitReady(folder, [part])).rejects.toMatchObject(expected);
  await expect(awaitStarted(folder, part)).rejects.toMatchObject(expected);
});

// fills CLUSTER_LIMITS.readyMs
test('parts that run and do not get ready are named after a time', async () => {
  const [folder, part] = await makeCluster(await answering(waiting));
  await startProgram(folder, part, STUBBORN);
  const waits = { readyMs: 200, neighbourMs: FOR_EVER_MS };
  const expected = { code: 'unavailable', message: expect.stringContaining('for its neighbours') };
  await expect(awaitReady(folder, [part], waits)).rejects.toMatchObject(expected);
  await expect(awaitStarted(folder, part, waits)).rejects.toMatchObject(expected);
});

// fills CLUSTER_LIMITS.neighbourMs
test('a part that only waits for its neighbours is left waiting after a time', async () => {
  const [folder, part] = await makeCluster(await answering(waiting));
  await startProgram(folder, part, STUBBORN);
  const waits = { readyMs: FOR_EVER_MS, neighbourMs: 200 };
  const reason = 'it waits for its neighbours';
  expect(await awaitStarted(folder, part, waits)).toEqual({ state: 'waiting', reason });
});

test('a part that has left its cluster is waited for no more, and says why', async () => {
  const reason = 'Its data folder was retired.';
  const left: RequestListener = (_, response) => {
    response.writeHead(503).end(JSON.stringify({ reason, left: 'retired' }));
  };
  const [folder, part] = await makeCluster(await answering(left));
  await startProgram(folder, part, STUBBORN);
  expect(await awaitStarted(folder, part)).toEqual({ state: 'left', reason });
  expect(await awaitReady(folder, [part])).toMatchObject([{ instance: part, reason }]);
});

// fills CLUSTER_LIMITS.stopMs
test('a part that does not end when it is told to is named after a time, and can be killed', async () => {
  const [folder, part] = await makeCluster(await answering(waiting));
  await startProgram(folder, part, STUBBORN);
  await untilUp(folder, part);
  await expect(stopPart(folder, part, 200)).rejects.toMatchObject({
    code: 'timeout',
    message: expect.stringContaining('still runs 0.2 s after it was asked to end'),
  });
  expect(await killPart(folder, part)).toBe(true);
});

// fills CLUSTER_LIMITS.backupBeginMs
test('a backup that no frontend begins is given up after a time, and its request withdrawn', async () => {
  const [folder, part] = await makeCluster(await answering(waiting));
  const { signal } = new AbortController();
  const target = join(folder.path, 'backup');
  const backup = backUpDirectory(folder, { target, config: undefined, signal }, 200);
  await expect(backup).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('does not answer, and only a frontend that runs'),
  });
  expect(await takeBackupRequest(part.config)).toBeUndefined();
});

// fills CLUSTER_LIMITS.rebuildWithLossMs
test('a rebuild that may give up changes and does not go on all the same is given up after a time', async () => {
  const [folder, part] = await makeCluster(await answering(waiting));
  await startProgram(folder, part, STUBBORN);
  await leaveRebuildRequest(part.config, { acceptLoss: true });
  const waits = { rebuildMs: FOR_EVER_MS, rebuildWithLossMs: 200 };
  await expect(untilRebuilt(folder, part, true, waits)).rejects.toMatchObject({
    code: 'unavailable',
    message: 'it waits for its neighbours',
  });
});
