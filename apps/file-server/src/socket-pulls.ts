import { type ChunkStore, type ChunkTickets, DATA_LIMITS } from '@holdfast/contracts';
import { nodeClock } from '@holdfast/host';
import { SpareBuffers } from '@holdfast/kernel';
import { DirectPulls } from '@holdfast/replication';
import { dialChunks } from '@holdfast/rmi';
import { FILE_SERVER_LIMITS } from './limits.ts';

/** Pulls large chunks over sockets in clear text; where a peer is only reached otherwise, it is called. */
export function socketPulls(store: ChunkStore, tickets: ChunkTickets): DirectPulls {
  const buffers = new SpareBuffers(DATA_LIMITS.chunkBytes, FILE_SERVER_LIMITS.pulledBuffers);
  return new DirectPulls({
    ...{ store, tickets, clock: nodeClock },
    dial: ({ name: server, address }) =>
      address.startsWith('ws:') ? dialChunks({ server, address, buffers }) : undefined,
  });
}
