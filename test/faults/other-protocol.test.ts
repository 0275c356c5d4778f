import { join } from 'node:path';
import { PROTOCOL_NUMBER } from '@holdfast/contracts';
import { nodeClock, nodeRandom } from '@holdfast/host';
import { connect, createDaemon, serve } from '@holdfast/rmi';
import { expect, test } from 'vitest';
import { HOLDFAST, TestCluster } from '../support/test-cluster.ts';
import { RunningCommand } from '../support/running-command.ts';
import { until } from '../support/until.ts';

const OTHER = PROTOCOL_NUMBER + 1;
const REFUSED = 4;

test('a caller of another protocol number is refused with both numbers, by frontend and server', async () => {
  await using cluster = await TestCluster.start({ servers: 1 });
  for (const port of [cluster.port, cluster.port + 1]) {
    await using link = connect({
      addresses: [`ws://127.0.0.1:${port}`],
      clock: nodeClock,
      random: nodeRandom,
      name: 'from-the-future',
      protocol: OTHER,
    });
    await expect(link.ready()).rejects.toMatchObject({
      code: 'protocol-mismatch',
      message: expect.stringMatching(
        new RegExp(`${OTHER}.*${PROTOCOL_NUMBER}|${PROTOCOL_NUMBER}.*${OTHER}`),
      ),
      details: { theirs: OTHER, ours: PROTOCOL_NUMBER },
    });
  }
  await cluster.done(['put', '-', 'fine'], { input: 'goes on' });
});

test('client and server say both numbers when their frontend is of another protocol', async () => {
  await using cluster = await TestCluster.start({ servers: 1 });
  await cluster.kill('frontend', 'server-1');
  const daemon = createDaemon({
    clock: nodeClock,
    random: nodeRandom,
    name: 'frontend',
    protocol: OTHER,
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
  await using _frontend = await serve(daemon, { url: `ws://127.0.0.1:${cluster.port}` });
  const both = new RegExp(
    `protocol.*${PROTOCOL_NUMBER}\\D.*${OTHER}|protocol.*${OTHER}\\D.*${PROTOCOL_NUMBER}`,
  );

  const ls = await cluster.try(['ls']);
  expect(ls.stderr).toMatch(both);
  expect(ls.code).toBe(REFUSED);

  const config = join(cluster.data, 'cluster/server-1/server.json');
  await using server = new RunningCommand(
    process.execPath,
    [HOLDFAST, 'server', '--config', config],
    {
      env: cluster.env,
    },
  );
  await until('the server to say so', () => both.test(server.stderr + server.output.toString()));
});
