import {
  CALL_LIMITS,
  type ChunkLink,
  DATA_LIMITS,
  HoldfastError,
  type TicketWriter,
  bytes,
  contract,
  method,
  putOutcome,
  ticketPut,
} from '@holdfast/contracts';
import { connect, type Daemon } from '@holdfast/rmi';
import * as z from 'zod';
import type { SimulatedProcess } from '../world/simulated-process.ts';

/** What clients and servers say to each other with tickets, over connections of the simulation. */
const chunksContract = contract('chunks', {
  put: method({
    summary: 'Puts a chunk on this server, and on those behind it.',
    access: 'public',
    timeoutMs: CALL_LIMITS.chunkMs,
    params: z.object({ put: ticketPut, content: bytes(DATA_LIMITS.chunkBytes) }),
    result: putOutcome,
  }),
});

/** Lets clients with tickets, and servers before this one, put chunks on it. */
export function exposeChunks(daemon: Daemon, puts: TicketWriter): void {
  daemon.expose(chunksContract, {
    put: async ({ put, content }) => {
      puts.admit(put);
      return await puts.put(put, content).outcome;
    },
  });
}

/** A connection from `process` to a server, for putting chunks; when it breaks it is over. */
export function dialChunksIn(
  process: SimulatedProcess,
  { server, address }: { readonly server: string; readonly address: string },
): ChunkLink {
  const { clock, random, transport } = process;
  const over = new AbortController();
  const lost = new HoldfastError('disconnected', `${server} moves no chunks.`);
  const end = (): void => {
    over.abort(lost);
    void link.close();
  };
  const link = connect({
    ...{ clock, transport, addresses: [address] },
    random: random.fork(`chunks of ${server} at ${clock.monotonicMs()}`),
    name: process.address,
    authenticate: async ({ daemon }) => {
      if (daemon !== server) throw new HoldfastError('invalid-argument', `It is ${daemon}.`);
    },
    onState: ({ phase, reason }) => {
      if (phase === 'closed' || reason !== '') queueMicrotask(end);
    },
  });
  const remote = link.proxy(chunksContract);
  const ready = link.ready(over.signal);
  return {
    ready,
    ended: over.signal,
    put: async (put, content, signal) => {
      await ready;
      const signals = [over.signal, ...(signal ? [signal] : [])];
      return await remote.put({ put, content }, { signal: AbortSignal.any(signals) });
    },
    read: async () => {
      throw new HoldfastError('unavailable', 'Nothing is read in this way here.');
    },
    close: end,
  };
}
