import { randomBytes } from 'node:crypto';
import { type ChunkId, keyContract, storeContract } from '@holdfast/contracts';
import { clusterKeyProofs } from '@holdfast/crypto';
import { nodeClock, nodeRandom } from '@holdfast/host';
import { KeyService } from '@holdfast/replication';
import { createDaemon, serve } from '@holdfast/rmi';
import { expect, test } from 'vitest';
import { FILE_SERVER_LIMITS } from './limits.ts';
import { PeerLinks } from './peer-links.ts';

const chunk = { file: 'f'.repeat(32), hash: 'a'.repeat(64) } as ChunkId;

// fills FILE_SERVER_LIMITS.peerLinks
test('of too many connections to other servers the one used longest ago is closed', async () => {
  const proofs = clusterKeyProofs(randomBytes(32), nodeRandom);
  await using peers = new PeerLinks('server-0', proofs);
  const reach = (i: number) => peers.reach({ name: `server-${i}`, address: 'ws://127.0.0.1:9' });
  const first = await reach(1);
  const last = FILE_SERVER_LIMITS.peerLinks + 1;
  for (let i = 2; i < last; i++) await reach(i);
  const waits = first.get({ chunk }).catch((error: unknown) => String(error));
  await reach(last);
  expect(await waits).toContain('closed');
});

test('chunks are fetched from the server that was named, and from nobody else at its address', async () => {
  const proofs = clusterKeyProofs(randomBytes(32), nodeRandom);
  const daemon = createDaemon({ clock: nodeClock, random: nodeRandom, name: 'server-3' });
  daemon.expose(keyContract, new KeyService(proofs));
  const store = { get: async () => ({ content: [Buffer.from('x')] }) };
  // No other method is called.
  daemon.expose(storeContract, new Proxy(store, { get: () => store.get }) as never);
  await using listening = await serve(daemon, { url: 'ws://127.0.0.1:0' });
  await using peers = new PeerLinks('server-1', proofs);
  const { url: address } = listening;
  const right = await peers.reach({ name: 'server-3', address });
  await expect(right.get({ chunk })).resolves.toMatchObject({ content: expect.anything() });
  const wrong = await peers.reach({ name: 'server-2', address });
  await expect(wrong.get({ chunk })).rejects.toThrow(/answers server-3 and not server-2/);
});
