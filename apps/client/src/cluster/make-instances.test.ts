import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openClusterFolder } from './cluster-folder.ts';
import { CLUSTER_LIMITS } from './limits.ts';
import { ensureInstances } from './make-instances.ts';

// fills CLUSTER_LIMITS.servers
test('a cluster on one machine has no more servers than the limit says', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-instances-'));
  const cluster = openClusterFolder(folder);
  const { servers } = CLUSTER_LIMITS;
  await expect(ensureInstances(cluster, { servers: servers + 1 })).rejects.toMatchObject({
    code: 'invalid-argument',
  });
  const made = await ensureInstances(cluster, { servers });
  expect(made.filter(({ kind }) => kind === 'server').length).toBe(servers);
  await rm(folder, { recursive: true });
});
