import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimPorts } from './support/claim-ports.ts';
import { runCommand, type CommandResult } from './support/run-command.ts';
import { HOLDFAST } from './support/test-cluster.ts';

let folder: string;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-configuration-'));
  port = await claimPorts(2);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const server = (): Record<string, unknown> => ({
  name: 'server-1',
  listen: `ws://127.0.0.1:${port}`,
  data: 'data',
  frontends: [`ws://127.0.0.1:${port + 1}`],
  clusterKey: 'cluster.key',
});

/** Runs a part on a file that it must not accept. */
async function refused(part: 'server' | 'frontend', content: unknown): Promise<CommandResult> {
  const file = join(folder, 'part.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  const result = await runCommand(process.execPath, [HOLDFAST, part, '--config', file], {
    timeoutMs: 10_000,
  });
  expect(result.stdout).not.toContain('Listening');
  return result;
}

test('a missing file is named', async () => {
  const file = join(folder, 'nowhere.json');
  const { code, stderr } = await runCommand(process.execPath, [
    HOLDFAST,
    'server',
    '--config',
    file,
  ]);
  expect(code).toBe(3);
  expect(stderr).toContain(`There is no configuration file ${file}`);
});

test.for(['server', 'frontend'] as const)(
  'a %s file that is not JSON is named with line and fix',
  async (part) => {
    const { code, stderr } = await refused(part, '{\n  "name": "a",\n}');
    expect(code).toBe(2);
    expect(stderr).toMatch(/part\.json:3: this is not JSON: .*comma.*Correct that line/);
  },
);

test('an unknown key is named with its line and the keys that there are', async () => {
  const { code, stderr } = await refused('server', { ...server(), adress: 'ws://127.0.0.1:1' });
  expect(code).toBe(2);
  expect(stderr).toMatch(/part\.json:9: unknown key "adress"\. .*address/);
});

test('a part does not start off loopback without "insecure"', async () => {
  const { code, stderr } = await refused('server', { ...server(), listen: `ws://0.0.0.0:${port}` });
  expect(code).toBe(2);
  expect(stderr).toContain('in clear');
  expect(stderr).toContain('add "insecure": true');
});

test('a port that is in use is named, and nothing is left running', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  try {
    const taken = (other.address() as AddressInfo).port;
    const listen = `ws://127.0.0.1:${taken}`;
    const { code, stderr, stdout } = await refused('server', { ...server(), listen });
    expect(code).toBe(6);
    expect(stderr + stdout).toContain(String(taken));
    expect(stderr + stdout).toMatch(/in use/);
  } finally {
    other.close();
  }
});
