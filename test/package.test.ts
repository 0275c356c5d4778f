import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from './support/run-command.ts';
import { TestCluster } from './support/test-cluster.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

let folder: string;
let cluster: TestCluster;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-package-'));
  await done('npm', ['run', 'build'], ROOT);
  const archive = (await readdir(join(ROOT, 'dist'))).find((name) => name.endsWith('.tgz'));
  await copyFile(join(ROOT, 'dist', archive ?? ''), join(folder, 'holdfast.tgz'));
  await writeFile(join(folder, 'package.json'), '{}');
  await done('npm', ['install', '--no-audit', '--no-fund', './holdfast.tgz'], folder);
  cluster = await TestCluster.start({
    holdfast: join(folder, 'node_modules/holdfast/bin/holdfast.mjs'),
  });
}, 240_000);

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function done(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, stderr } = await runCommand(program, args, { cwd, timeoutMs: 180_000 });
  expect(code, stderr).toBe(0);
}

test('the package alone runs a cluster that outlives two of its servers', async () => {
  await cluster.done(['put', '-', 'note'], { input: 'from the package' });
  await cluster.kill('server-1', 'server-3');
  expect((await cluster.done(['cat', 'note'])).stdout).toBe('from the package');
  await cluster.startPart('server-1');
  await cluster.startPart('server-3');
});

test('npx finds the program of the package', async () => {
  const { code, stdout } = await runCommand('npx', ['--no-install', 'holdfast', 'help'], {
    cwd: folder,
  });
  expect(code).toBe(0);
  expect(stdout).toContain('put');
});

test('the client that is one file reads and writes with Node alone', async () => {
  const alone = join(folder, 'laptop');
  await mkdir(alone);
  const client = join(alone, 'holdfast-client.mjs');
  await copyFile(join(ROOT, 'dist/holdfast-client.mjs'), client);
  const run = (args: readonly string[], input = ''): ReturnType<typeof runCommand> =>
    runCommand(process.execPath, [client, ...args], { cwd: alone, env: cluster.env, input });

  const put = await run(['put', '-', 'from-laptop'], 'bytes of a laptop');
  expect(put.code, put.stderr).toBe(0);
  const get = await run(['get', 'from-laptop', 'back']);
  expect(get.code, get.stderr).toBe(0);
  expect(await readFile(join(alone, 'back'), 'utf8')).toBe('bytes of a laptop');

  // Some folder above may hold a manifest of this name, and nothing else of the package.
  await writeFile(join(folder, 'package.json'), '{ "name": "holdfast" }');
  const up = await run(['cluster', 'up']);
  expect(up.code).not.toBe(0);
  expect(up.stderr).toContain('This is the client alone');
});
