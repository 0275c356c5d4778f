import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimPorts } from './support/claim-ports.ts';
import { PseudoTerminal } from './support/pseudo-terminal.ts';
import { runCommand, type CommandResult } from './support/run-command.ts';
import { until } from './support/until.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PARTS = ['frontend', 'server-1', 'server-2', 'server-3'];
const PROMPT = /admin.*> $/;

let home: string;
let clone: string;
let port: number;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdfast-clone-'));
  clone = join(home, 'holdfast');
  env = { ...process.env, HOME: home, NO_COLOR: '1', NX_DAEMON: 'false', NX_TUI: 'false' };
  for (const key of Object.keys(env)) if (/^(XDG|npm_(?!config_cache))/.test(key)) delete env[key];
  await done('git', ['clone', '--quiet', ROOT, clone], home);
  await done('npm', ['ci', '--no-audit', '--no-fund', '--prefer-offline'], clone);
  port = await claimPorts(PARTS.length);
  await Promise.all(PARTS.map(chooseAddress));
}, 300_000);

afterAll(async () => {
  await run('npx', ['holdfast', 'cluster', 'down']);
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

/** Edits an instance by hand, since another cluster may have the ports of the committed files. */
async function chooseAddress(name: string): Promise<void> {
  const file = join(clone, 'cluster', name, name === 'frontend' ? 'frontend.json' : 'server.json');
  const text = await readFile(file, 'utf8');
  await writeFile(
    file,
    text.replaceAll(/:740(\d)/g, (_, number: string) => `:${port + Number(number)}`),
  );
}

async function run(program: string, args: readonly string[]): Promise<CommandResult> {
  return await runCommand(program, args, { cwd: clone, env, timeoutMs: 60_000 });
}

async function done(program: string, args: readonly string[], cwd = clone): Promise<CommandResult> {
  const npmCache = process.env['npm_config_cache'] ?? join(process.env['HOME'] ?? '', '.npm');
  const withCache = { ...env, npm_config_cache: npmCache };
  const result = await runCommand(program, args, { cwd, env: withCache, timeoutMs: 240_000 });
  expect(result.code, result.stdout + result.stderr).toBe(0);
  return result;
}

test('npm start makes a cluster and opens the prompt; the second time it only opens it', async () => {
  {
    await using terminal = new PseudoTerminal('npm start', { cwd: clone, env });
    const shown = await terminal.expect(PROMPT, 60_000);
    expect(shown).toContain('Made a cluster that runs in the background');
    expect(shown).toContain(join(clone, 'local'));
    terminal.line('put README.md');
    await terminal.expect(/on 3 servers/);
    terminal.line('quit');
    expect(await terminal.exitCode()).toBe(0);
  }
  const config = join(home, '.config/holdfast/config.json');
  expect((await stat(config)).mode & 0o777).toBe(0o600);
  {
    await using terminal = new PseudoTerminal('npm start', { cwd: clone, env });
    expect(await terminal.expect(PROMPT, 60_000)).not.toContain('Made');
    terminal.line('ls');
    await terminal.expect(/README\.md/);
    terminal.line('quit');
    expect(await terminal.exitCode()).toBe(0);
  }
  const { stdout } = await done('npx', ['holdfast', 'cluster', 'ps']);
  expect(stdout.match(/ready/g)).toHaveLength(PARTS.length);
  await done('npx', ['holdfast', 'cluster', 'down']);
  expect((await run('git', ['status', '--porcelain', '--untracked-files'])).stdout).not.toContain(
    '??',
  );
});

test('the parts are served by hand, in any order, and end with Ctrl-C', async () => {
  const served: ChildProcess[] = [];
  try {
    for (const name of PARTS.toReversed()) served.push(serve(name));
    await until('all parts', async () => (await liveServers()) === 3, 60_000);
    const { stdout } = await done('npx', ['nx', 'serve', 'client', '--', 'cat', 'README.md']);
    expect(stdout).toContain('# Holdfast');
  } finally {
    const ended = served.map((nx) => once(nx, 'exit'));
    for (const nx of served) nx.kill('SIGINT');
    await Promise.all(ended);
  }
  await until('silence', async () => (await liveServers()) === undefined);
});

/** Nx itself, since a signal to npx would not reach it. */
function serve(name: string): ChildProcess {
  const nx = join(clone, 'node_modules/.bin/nx');
  expect(existsSync(nx)).toBe(true);
  return spawn(nx, ['serve', name], { cwd: clone, env, stdio: 'ignore' });
}

/** What the frontend counts; undefined if it does not answer. */
async function liveServers(): Promise<number | undefined> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
  const line = /^holdfast_servers_live (\d+)/m.exec((await answer?.text()) ?? '');
  return line ? Number(line[1]) : undefined;
}
