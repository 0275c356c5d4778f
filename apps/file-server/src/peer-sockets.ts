import { DATA_LIMITS } from '@holdfast/contracts';
import { nodeClock } from '@holdfast/host';
import { SpareBuffers } from '@holdfast/kernel';
import { PeerChunkLinks } from '@holdfast/replication';
import { dialChunks } from '@holdfast/rmi';
import { FILE_SERVER_LIMITS } from './limits.ts';

/** Connections for large chunks in clear text; there is none where a peer is only reached otherwise. */
export function peerSockets(): PeerChunkLinks {
  const buffers = new SpareBuffers(DATA_LIMITS.chunkBytes, FILE_SERVER_LIMITS.pulledBuffers);
  return new PeerChunkLinks({
    clock: nodeClock,
    dial: ({ name: server, address }) =>
      address.startsWith('ws:') ? dialChunks({ server, address, buffers }) : undefined,
  });
}
