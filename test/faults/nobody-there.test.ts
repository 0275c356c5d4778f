import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { configOf } from '../support/connect-client.ts';
import { longText } from '../support/long-text.ts';
import { RunningCommand } from '../support/running-command.ts';
import { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { chunksStored, untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const MIB = 1024 * 1024;
const UNAVAILABLE = 5;
const SDK_PROGRAM = fileURLToPath(new URL('lists-once-alone.ts', import.meta.url));

test('without a live server commands end with a clear error, and nothing is half there', async () => {
  await using cluster = await TestCluster.start();
  await cluster.done(['put', '-', 'there'], { input: longText('stored before') });
  await cluster.done(['put', '-', 'tiny'], { input: 'kept by the directory' });
  await cluster.kill(...cluster.servers);

  const put = await cluster.try(['put', '-', 'new'], { input: 'never stored' });
  expect(put.code).toBe(UNAVAILABLE);
  expect(put.stderr).toMatch(/No server takes writes now .*Start a server/);
  for (const server of cluster.servers) expect(put.stderr).toContain(server);
  const large = await cluster.try(['put', '-', 'large'], { input: randomBytes(9 * MIB) });
  expect(large.code).toBe(UNAVAILABLE);
  expect(large.stderr).toMatch(/No file server is in view.*as soon as one file server is back/);
  const get = await cluster.try(['get', 'there', 'back']);
  expect(get.code).toBe(UNAVAILABLE);
  expect(get.stderr).toMatch(/only on servers that do not answer now.*Start one of them/);
  for (const server of cluster.servers) expect(get.stderr).toContain(server);
  expect((await cluster.done(['cat', 'tiny'])).stdout).toBe('kept by the directory');
  expect((await cluster.done(['ls', '-l', 'tiny'])).stdout).toMatch(/ 3\/3 /);
  const rm = await cluster.try(['rm', '--yes', 'there']);
  expect(rm.code).toBe(UNAVAILABLE);
  expect((await cluster.done(['ls'])).stdout.trim().split('\n')).toEqual(['there', 'tiny']);
  expect((await cluster.done(['status'])).stdout).toMatch(/0 of 3 servers live/);

  await cluster.startPart('server-2');
  expect((await cluster.done(['cat', 'there'])).stdout).toBe(longText('stored before'));
  await cluster.done(['put', '-', 'new'], { input: 'stored now' });
  expect((await cluster.done(['ls'])).stdout.trim().split('\n')).toEqual(['new', 'there', 'tiny']);
});

test('a client waits for a frontend that is down, says so, and goes on when it is there', async () => {
  await using cluster = await TestCluster.start();
  await cluster.kill('frontend');
  await using put = cluster.begin(['put', '-', 'patient']);
  void put.feed(Buffer.from('sent to a frontend that was down')).then(() => put.endInput());
  await until('it to say so', () => /No frontend answers at ws:\S+ yet/.test(put.stderr));
  await cluster.startPart('frontend');
  expect((await put.end()).code).toBe(0);
  expect((await cluster.done(['cat', 'patient'])).stdout).toBe('sent to a frontend that was down');
});

test('a program that has nothing but the sdk waits for a frontend that is down, and then ends', async () => {
  await using cluster = await TestCluster.start();
  await cluster.done(['mkdir', '/shared/there']);
  const sources = ['--conditions=@holdfast/source', '--import', 'tsx'];
  const args = [...sources, SDK_PROGRAM, configOf(cluster), '/shared'];
  await using program = new RunningCommand(process.execPath, args);
  const said = (): string => program.output.toString();
  await until('it to connect', () => said() === 'connected\n');
  await cluster.kill('frontend');
  await until('it to ask', () => said() === 'connected\nasks\n');
  await cluster.startPart('frontend');
  expect(await program.end()).toMatchObject({ code: 0, stdout: 'connected\nasks\nthere\n' });
});

test('a put and a get go on when their frontend dies in the middle and is started again', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  const content = randomBytes(80 * MIB);
  await using put = cluster.begin(['put', '-', 'film']);
  const cuts = [0, 24 * MIB, 48 * MIB, 72 * MIB];
  for (const [index, from] of cuts.slice(0, -1).entries()) {
    const before = await chunksStored(cluster);
    const fed = put.feed(content.subarray(from, cuts[index + 1]));
    await until('chunks to arrive', async () => (await chunksStored(cluster)) > before + 1);
    await restartFrontend(() => put.stderr);
    strikes.landed('killing the frontend during a put', put.running);
    await fed;
  }
  await put.feed(content.subarray(cuts.at(-1)));
  put.endInput();
  expect(await put.end()).toMatchObject({ code: 0 });

  await using get = cluster.begin(['cat', 'film']);
  await until('the first bytes', () => get.stdoutBytes > 0);
  get.holdOutput();
  await restartFrontend(() => get.stderr);
  strikes.landed('killing the frontend during a get', get.stdoutBytes < content.length / 2);
  get.releaseOutput();
  expect(await get.end()).toMatchObject({ code: 0 });
  expect(content.equals(get.output)).toBe(true);
  await untilWhole(cluster);
  strikes.expectCount(4);

  async function restartFrontend(said: () => string): Promise<void> {
    const count = (sentence: string): number => said().split(sentence).length;
    const waits = count('waiting until it is back');
    const back = count('The frontend is back');
    await cluster.kill('frontend');
    await until('the client to say so', () => count('waiting until it is back') > waits);
    await cluster.startPart('frontend');
    await until('the client to go on', () => count('The frontend is back') > back);
  }
});
