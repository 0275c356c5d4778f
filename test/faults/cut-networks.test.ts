import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterStatus } from '@holdfast/contracts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Machine, Router, obstacleToCuts } from '../support/machines.ts';
import { until } from '../support/until.ts';
import { Strikes } from './strikes.ts';

const MIB = 1024 * 1024;
const PORT = 7400;
/** A cut connection is noticed after 30 s, and dialled again; the rest is for a busy machine. */
const HEAL_MS = 120_000;

const missing = obstacleToCuts();
if (missing) process.stderr.write(`Skipped: cut networks, since ${missing}\n`);

describe.skipIf(missing)('in a network of five machines', () => {
  let folder: string;
  let router: Router;
  let front: Machine;
  let servers: readonly Machine[];
  let laptop: Machine;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-cuts-'));
    const id = process.pid % 10_000;
    router = new Router(`hfr${id}`, folder);
    front = new Machine(`hff${id}`, folder);
    laptop = new Machine(`hfl${id}`, folder);
    servers = [1, 2, 3].map((number) => new Machine(`hf${number}${id}`, folder));
    const address = `ws://${router.connect(front)}:${PORT}`;
    for (const machine of [...servers, laptop]) router.connect(machine);
    await startCluster(address);
    const connect = ['connect', address, '--user', 'eve', '--password-stdin'];
    await laptop.done(connect, 'a long password\n');
  }, 120_000);

  afterAll(async () => {
    for (const machine of [front, ...servers]) {
      await machine.try(['cluster', 'down', '--data', join(machine.folder, 'cluster')]);
    }
    for (const machine of [router, front, ...servers, laptop]) machine.remove();
    await rm(folder, { recursive: true, force: true });
  });

  /** A frontend by itself, three servers that join it, and a user. */
  async function startCluster(address: string): Promise<void> {
    await front.cluster('up', '--servers', '1', '--port', String(PORT));
    const file = join(front.folder, 'cluster/cluster/frontend/frontend.json');
    const config = JSON.parse(await readFile(file, 'utf8'));
    const open = { ...config, listen: `ws://0.0.0.0:${PORT}`, address, insecure: true };
    await writeFile(file, JSON.stringify(open));
    await front.cluster('stop', 'frontend');
    await front.cluster('start', 'frontend');
    for (const [index, machine] of servers.entries()) {
      const name = `machine-${index + 1}`;
      const { stdout } = await front.done(['server', 'invite', name]);
      await machine.done(['join', stdout.trim(), '--data', join(machine.folder, 'cluster')]);
      await machine.cluster('start', name);
    }
    await front.cluster('stop', 'server-1');
    await front.done(['server', 'forget', 'server-1', '--accept-loss', '--yes']);
    await untilWhole();
    await front.done(['user', 'add', 'eve', '--password-stdin'], 'a long password\n');
  }

  async function status(): Promise<ClusterStatus> {
    return JSON.parse((await front.done(['status', '--json'])).stdout);
  }

  async function untilWhole(): Promise<void> {
    const whole = async (): Promise<boolean> => {
      const now = await status();
      const live = now.servers.filter(({ state }) => state === 'live').length;
      return live === 3 && now.repair.underReplicated === 0;
    };
    await until('three live servers with all copies', whole, HEAL_MS);
  }

  const put = (name: string, content: string): Promise<{ stdout: string }> =>
    front.done(['put', '-', `/shared/${name}`], content);

  const machine = (number: number): Machine => servers[number - 1] ?? expect.fail();

  test('a server that is cut off in one direction or both is left out, and heals by itself', async () => {
    const strikes = new Strikes();
    for (const ways of ['to the frontend', 'from the frontend', 'both ways']) {
      const pairs: [Machine, Machine][] = [];
      if (ways !== 'from the frontend') pairs.push([machine(2), front]);
      if (ways !== 'to the frontend') pairs.push([front, machine(2)]);
      for (const [from, to] of pairs) router.cut(from, to);
      const { stdout } = await put(`cut ${ways}`, ways);
      strikes.landed(`cutting machine-2 off ${ways}`, stdout.includes('2 of 3 copies'));
      expect(stdout).toContain('machine-2 will be repaired');
      expect((await front.done(['cat', `/shared/cut ${ways}`])).stdout).toBe(ways);
      const cut = (await status()).servers.find(({ name }) => name === 'machine-2');
      expect(cut?.state).not.toBe('live');
      for (const [from, to] of pairs) router.mend(from, to);
      await untilWhole();
    }
    strikes.expectCount(3);
  }, 400_000);

  test('repair takes another source where two servers do not reach each other', async () => {
    const strikes = new Strikes();
    for (const [from, to] of [
      [1, 3],
      [3, 2],
    ] as const) {
      await machine(3).cluster('stop', 'machine-3');
      const files = Array.from({ length: 4 }, (_, i) => `away ${from}${to}${i}`);
      for (const file of files) await put(file, file);
      router.cut(machine(from), machine(to));
      await machine(3).cluster('start', 'machine-3');
      await until('machine-3', async () => {
        const { servers: all } = await status();
        return all.find(({ name }) => name === 'machine-3')?.state === 'live';
      });
      strikes.landed(`cutting machine-${from} off from machine-${to}`, true);
      await untilWhole();
      router.mend(machine(from), machine(to));
    }
    strikes.expectCount(2);
  }, 400_000);

  test('a client that is cut off in one direction waits, and goes on when it is mended', async () => {
    const strikes = new Strikes();
    for (const [from, to] of [
      [laptop, front],
      [front, laptop],
    ] as const) {
      const content = randomBytes(48 * MIB);
      const path = `/shared/film ${from.name}`;
      await using putting = laptop.begin(['put', '-', path]);
      const fed = putting.feed(content.subarray(0, 32 * MIB));
      await until('the upload', async () => (await status()).directory.openUploads > 0);
      router.cut(from, to);
      strikes.landed('cutting a client off in a put', putting.running);
      await until('the client to notice', () => putting.stderr.includes('waiting until'), HEAL_MS);
      router.mend(from, to);
      await fed;
      await putting.feed(content.subarray(32 * MIB));
      putting.endInput();
      const { code } = await putting.end();
      expect(code).toBe(0);
      await using cat = front.begin(['cat', path]);
      await cat.end();
      expect(content.equals(cat.output)).toBe(true);
    }
    strikes.expectCount(2);
  }, 400_000);
});
