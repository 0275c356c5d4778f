import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterStatus } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { Machine, connectMachines, obstacleToMachines, routeBy } from './support/machines.ts';
import type { CommandResult } from './support/run-command.ts';
import { until } from './support/until.ts';

const PORT = 7400;

const missing = obstacleToMachines();
if (missing) process.stderr.write(`Skipped: three machines, since ${missing}\n`);

test.skipIf(missing)('a second and a third machine join as README tells', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-machines-'));
  const id = process.pid % 10_000;
  const first = new Machine(`hfa${id}`, folder);
  const second = new Machine(`hfb${id}`, folder);
  const laptop = new Machine(`hfc${id}`, folder);
  const address = `ws://10.77.1.1:${PORT}`;
  try {
    connectMachines(first, second, '10.77.1');
    connectMachines(first, laptop, '10.77.2');
    routeBy(laptop, '10.77.1.0/24', '10.77.2.1');

    await first.cluster('up', '--servers', '1', '--port', String(PORT));
    const stranger = ['--address', address, '--user', 'eve', '--password-stdin'];
    expect((await laptop.try([...stranger, 'ls'], 'x\n')).code).not.toBe(0);

    await openToOthers(join(first.folder, 'cluster/cluster/frontend/frontend.json'), address);
    await first.cluster('stop', 'frontend');
    await first.cluster('start', 'frontend');
    const log = await readFile(join(first.folder, 'cluster/logs/frontend.log'), 'utf8');
    expect(log).toContain('passwords and data travel in clear');

    const { stdout: line } = await first.done(['server', 'invite', 'server-2']);
    await second.done(['join', line.trim(), '--data', join(second.folder, 'cluster')]);
    await second.cluster('start', 'server-2');
    await until('both servers', async () => {
      const { stdout } = await first.done(['status', '--json']);
      const { servers }: ClusterStatus = JSON.parse(stdout);
      return servers.filter(({ state }) => state === 'live').length === 2;
    });

    await first.done(['user', 'add', 'eve', '--password-stdin'], 'a long password\n');
    const eve = (...words: string[]): Promise<CommandResult> =>
      laptop.done([...stranger, ...words], 'a long password\n');
    await first.done(['put', '-', '/shared/note'], 'from the first machine');
    expect((await eve('cat', '/shared/note')).stdout).toBe('from the first machine');

    // The laptop reaches the frontend and no server, so chunks come through the frontend.
    const film = Buffer.alloc(9_000_000, 'frames ');
    await first.done(['put', '-', '/shared/film'], film);
    expect((await eve('cat', '/shared/film')).stdout).toBe(film.toString());

    await first.cluster('kill', 'server-1');
    expect((await eve('cat', '/shared/film')).stdout).toBe(film.toString());
    expect((await eve('cat', '/shared/note')).stdout).toBe('from the first machine');
  } finally {
    for (const machine of [first, second]) {
      await machine.try(['cluster', 'down', '--data', join(machine.folder, 'cluster')]);
    }
    for (const machine of [first, second, laptop]) machine.remove();
    await rm(folder, { recursive: true, force: true });
  }
});

/** The edit of `frontend.json` that README tells. */
async function openToOthers(file: string, address: string): Promise<void> {
  const config = JSON.parse(await readFile(file, 'utf8'));
  const open = { ...config, listen: `ws://0.0.0.0:${PORT}`, address, insecure: true };
  await writeFile(file, JSON.stringify(open, null, 2));
}
