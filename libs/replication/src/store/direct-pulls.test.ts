import {
  type ChunkHash,
  type ChunkId,
  type ChunkLink,
  type DirectoryId,
  type FileId,
  HoldfastError,
  type Remote,
  type StoreContract,
  type TicketRead,
} from '@holdfast/contracts';
import { chunkTickets } from '@holdfast/crypto';
import { deferred, type LentParts } from '@holdfast/kernel';
import { seededRandom, type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { beforeEach, expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { storeNumber } from '../testing/join-member.ts';
import { DirectPulls } from './direct-pulls.ts';
import { DirectReads } from './direct-reads.ts';
import { PeerChunkLinks } from './peer-chunk-links.ts';
import type { PeerServer } from './pull-chunks.ts';
import { TicketNonces } from './ticket-nonces.ts';

const chunk: ChunkId = { file: 'f'.repeat(32) as FileId, hash: 'a'.repeat(64) as ChunkHash };
const CONTENT = Uint8Array.of(1, 2, 3);
const from: PeerServer = { name: 'server-2', address: 'at-2' };
const bound = { directory: 'd'.repeat(32) as DirectoryId, epoch: 3 };
const tickets = chunkTickets(new Uint8Array(32).fill(7));

let clock: SimulatedClock;
/** How the other store answers who has a ticket. */
let give: () => Promise<LentParts>;
let dials: number;
let asked: number;
let links: { readonly address: string; readonly over: AbortController }[];
let peers: PeerChunkLinks;
let pulls: DirectPulls;
let peer: Remote<StoreContract>;
let signal: AbortSignal;
beforeEach(() => {
  clock = simulatedClock();
  give = async () => [CONTENT];
  dials = 0;
  asked = 0;
  links = [];
  signal = new AbortController().signal;
  const nonces = new TicketNonces(clock, seededRandom('nonces'));
  const store = { ...bound, id: storeNumber(2), has: () => undefined, getUnverified: () => give() };
  const reads = new DirectReads({ store: store as never, nonces, tickets });
  const report = async (): Promise<object> => {
    asked++;
    return { stand: { store: store.id }, report: { ticketNonce: nonces.current } };
  };
  peer = { report } as never;
  const dial = ({ address }: PeerServer): ChunkLink => {
    dials++;
    const over = new AbortController();
    links.push({ address, over });
    const read = async (wanted: TicketRead, stop?: AbortSignal): Promise<LentParts> => {
      const stopped = deferred<never>();
      stop?.addEventListener('abort', () => stopped.reject(stop.reason));
      return await Promise.race([reads.open(wanted).read(), stopped.promise]);
    };
    const put: ChunkLink['put'] = async () => ({ receipts: [], refused: [] });
    return { ready: Promise.resolve(), ended: over.signal, read, put, close: () => over.abort() };
  };
  peers = new PeerChunkLinks({ clock, dial });
  pulls = new DirectPulls({ store: bound, tickets, clock, links: peers });
});

function pull(server: PeerServer = from): Promise<LentParts | undefined> {
  return clock.run(pulls.read({ from: server, peer, chunk, signal }));
}

// fills REPLICATION_LIMITS.pullNonceMs
test('chunks come over one connection, with tickets of which the nonce is asked for now and then', async () => {
  for (let i = 0; i < 3; i++) expect(await pull()).toEqual([CONTENT]);
  expect([dials, asked]).toEqual([1, 1]);
  await clock.advance(LIMITS.pullNonceMs);
  expect(await pull()).toEqual([CONTENT]);
  expect([dials, asked]).toEqual([1, 2]);
});

test('what the other store does not have, or cannot read, is not asked for again by a call', async () => {
  for (const code of ['not-found', 'damaged'] as const) {
    give = async () => {
      throw new HoldfastError(code, 'Not to be had.');
    };
    await expect(pull()).rejects.toMatchObject({ code });
  }
  give = async () => [CONTENT];
  expect(await pull()).toEqual([CONTENT]);
  expect(dials).toBe(1);
});

test('a ticket that does not open is no reason to leave the other server alone', async () => {
  expect(await pull()).toEqual([CONTENT]);
  // It restarted: its nonces are others.
  await clock.advance(2 * LIMITS.ticketNonceMs);
  give = async () => {
    throw new HoldfastError('unauthenticated', 'Not with that.');
  };
  expect(await pull()).toBeUndefined();
  give = async () => [CONTENT];
  const before = asked;
  expect(await pull()).toEqual([CONTENT]);
  expect([dials, asked - before]).toEqual([1, 1]);
});

// fills REPLICATION_LIMITS.pullRestMs
test('who cannot be read from in this way is called for a while, and then tried again', async () => {
  give = async () => {
    throw new HoldfastError('disconnected', 'It broke.');
  };
  expect(await pull()).toBeUndefined();
  give = async () => [CONTENT];
  await clock.advance(LIMITS.pullRestMs - 1);
  expect(await pull()).toBeUndefined();
  expect(dials).toBe(1);
  await clock.advance(1);
  expect(await pull()).toEqual([CONTENT]);
  expect(dials).toBe(2);
});

test('a server that takes the request and sends nothing is given up', async () => {
  give = () => deferred<LentParts>().promise;
  const begunMs = clock.monotonicMs();
  expect(await pull()).toBeUndefined();
  expect(clock.monotonicMs() - begunMs).toBe(LIMITS.pullStallMs);
  expect(links[0]?.over.signal.aborted).toBe(true);
});

test('whoever stops pulling hears why, and the connection stays', async () => {
  const stop = new AbortController();
  signal = stop.signal;
  give = () => deferred<LentParts>().promise;
  clock.schedule(10, () => stop.abort(new Error('Not wanted.')));
  await expect(pull()).rejects.toThrow('Not wanted.');
  expect(links[0]?.over.signal.aborted).toBe(false);
});

// fills REPLICATION_LIMITS.pullLinks
test('of too many connections the one used longest ago is closed', async () => {
  const servers = Array.from({ length: LIMITS.pullLinks + 1 }, (_, i) => i);
  for (const i of servers) await pull({ name: `server-${i}`, address: `at-${i}` });
  const closed = (): string[] =>
    links.filter(({ over }) => over.signal.aborted).map(({ address }) => address);
  expect(closed()).toEqual(['at-0']);
  peers[Symbol.dispose]();
  expect(closed()).toHaveLength(servers.length);
});
