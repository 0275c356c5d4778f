import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PART_NODE_FLAGS } from '@holdfast/host';
import { expect, test } from 'vitest';
import type { RunningCommand } from './support/running-command.ts';
import { TestCluster, untilEnded } from './support/test-cluster.ts';
import { until } from './support/until.ts';

/** What systemd and others wait at most, as the units say. */
const MOST_MS = 10_000;

test.for(['frontend', 'server-1'])(
  '%s in the foreground has the flags of a part, and ends with what it was started by',
  async (name) => {
    await using cluster = await TestCluster.start({ servers: 1 });
    const kind = name === 'frontend' ? 'frontend' : 'server';
    const config = join(cluster.data, 'cluster', name, `${kind}.json`);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const) {
      await cluster.done(['cluster', 'stop', name, '--data', cluster.data]);
      await using starter = cluster.begin([kind, '--config', config]);
      await until(`${name} to be ready`, () => isServing(starter));
      const [part, ...more] = await processesOf(config, starter.pid);
      expect(more).toEqual([]);
      expect(part?.words).toEqual(expect.arrayContaining([...PART_NODE_FLAGS]));
      starter.signal(signal);
      const pid = part?.pid ?? 0;
      await untilEnded([pid], MOST_MS);
      expect((await starter.end()).code).toBe(signal === 'SIGKILL' ? null : 0);
      await cluster.startPart(name);
    }
    await cluster.done(['put', '-', 'fine'], { input: 'goes on' });
  },
);

function isServing({ output, stderr }: RunningCommand): boolean {
  return /Listening at/.test(output.toString() + stderr);
}

/** The processes that were started on a configuration, but for `starter`. */
async function processesOf(
  config: string,
  starter: number,
): Promise<{ pid: number; words: string[] }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(
    pids.map(async (pid) => {
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid, words: line.split('\0') };
    }),
  );
  return all.filter(({ pid, words }) => pid !== starter && words.includes(config));
}
