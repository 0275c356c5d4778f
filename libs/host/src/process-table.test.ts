import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findFreePorts } from './free-ports.ts';
import { commandLineOf, hasEnded, untilBegun } from './process-table.ts';

/** Listens at a port while four threads write and sync without end. */
const PROGRAM = `
  import { createServer } from 'node:net';
  import { fdatasync, openSync, write } from 'node:fs';
  const [port, folder] = process.argv.slice(1);
  const bytes = Buffer.alloc(4 << 20, 1);
  for (let i = 0; i < 4; i++) {
    const file = openSync(folder + '/' + i, 'w');
    const next = () => write(file, bytes, 0, bytes.length, 0, () => fdatasync(file, next));
    next();
  }
  createServer().listen(Number(port), '127.0.0.1', () => console.log('up'));
`;

test.skipIf(process.platform !== 'linux')(
  'a process that is killed in the middle of syncs has ended once its port is free, and no earlier',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-process-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    for (let round = 0; round < 5; round++) {
      const port = await findFreePorts(1);
      const args = ['--input-type=module', '--eval', PROGRAM, '--', String(port), folder];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      const pid = child.pid ?? 0;
      expect(await hasEnded(pid)).toBe(false);
      expect(await commandLineOf(pid)).toContain(String(port));
      child.kill('SIGKILL');
      while (!(await hasEnded(pid))) await new Promise(setImmediate);
      expect(await isFree(port), 'the port is free').toBe(true);
      expect(await commandLineOf(pid)).toBeUndefined();
    }
  },
);

/** Of the kernel itself: it runs, and shows no command. */
const KERNEL_THREAD = 2;
const LIMIT_MS = 50;

const showsNothing =
  process.platform === 'linux' &&
  !(await hasEnded(KERNEL_THREAD)) &&
  (await commandLineOf(KERNEL_THREAD)) === undefined;

test.skipIf(!showsNothing)(
  'a process that shows nothing of itself is waited for, and no longer than for a time',
  async () => {
    const begun = performance.now();
    await untilBegun(KERNEL_THREAD, LIMIT_MS);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(LIMIT_MS);
  },
);

test('a process that runs, or that has ended, is not waited for', async () => {
  const child = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1_000)']);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  await untilBegun(pid, Number.POSITIVE_INFINITY);
  expect(await commandLineOf(pid)).toContain('--eval');
  child.kill('SIGKILL');
  await untilBegun(pid, Number.POSITIVE_INFINITY);
});

async function isFree(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
