import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChunkLink, DirectTicket, TicketRead } from '@holdfast/contracts';
import { joinParts } from '@holdfast/kernel';
import { dialChunks } from '@holdfast/rmi';
import { type HoldfastClient, sourceOfBytes } from '@holdfast/sdk';
import { expect, test } from 'vitest';
import { connectClient } from '../support/connect-client.ts';
import { flipSegments } from '../support/damage.ts';
import { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const MIB = 1024 * 1024;
const FILM = '/shared/film';
const SECRET = '/shared/secret';
/** More than is read ahead, and less than one answer has tickets for. */
const FILM_BYTES = 64 * MIB;
/** Of a file that is one chunk, and not kept at hand by the frontend. */
const PHOTO_BYTES = 200 * 1024;

test('a get goes on straight from the servers, while the frontend hangs and two servers die', async () => {
  await using cluster = await TestCluster.start();
  await using client = await connectClient(cluster);
  const strikes = new Strikes();
  const film = randomBytes(FILM_BYTES);
  await client.putFile(sourceOfBytes(film), { path: FILM });
  await readSome(client);

  const [frontend, first, third] = await Promise.all(
    ['frontend', 'server-1', 'server-3'].map((name) => cluster.pidOf(name)),
  );
  const received: Uint8Array[] = [];
  const file = await client.openFile(FILM);
  for await (const piece of file.read()) {
    received.push(piece);
    if (received.length === 2) {
      process.kill(Number(frontend), 'SIGSTOP');
      process.kill(Number(first), 'SIGKILL');
    }
    if (received.length === 5) process.kill(Number(third), 'SIGKILL');
  }
  strikes.landed('stopping the frontend, and killing two servers', true);
  expect(film.equals(joinParts(received))).toBe(true);
  process.kill(Number(frontend), 'SIGCONT');
  await file[Symbol.asyncDispose]();

  for (const server of ['server-1', 'server-3']) await cluster.startPart(server);
  await untilWhole(cluster);
  strikes.expectCount(1);
}, 120_000);

test('a copy that turns out damaged in a get straight from its server is not given out, and repaired', async () => {
  await using cluster = await TestCluster.start();
  await using client = await connectClient(cluster);
  const strikes = new Strikes();
  const film = randomBytes(FILM_BYTES);
  await client.putFile(sourceOfBytes(film), { path: FILM });
  const flipped = await flipSegments(cluster, 'server-2');
  strikes.landed('flipping bits on the disk of server-2', flipped > 16);
  await until('a read to find damage on server-2', async () => {
    expect(film.equals(joinParts(await readAll(client)))).toBe(true);
    return await hasFoundDamage(cluster, 'server-2');
  });
  await untilWhole(cluster);
  expect(film.equals(joinParts(await readAll(client)))).toBe(true);
  strikes.expectCount(1);
}, 120_000);

test('a file of one chunk comes straight from a server, and never from a damaged copy', async () => {
  await using cluster = await TestCluster.start();
  await using client = await connectClient(cluster);
  const strikes = new Strikes();
  const photos = Array.from({ length: 64 }, (_, i) => ({
    path: `/shared/photo-${i}`,
    content: randomBytes(PHOTO_BYTES),
  }));
  const putting = photos.map(({ path, content }) =>
    client.putFile(sourceOfBytes(content), { path }),
  );
  const [first] = await Promise.all(putting);
  const asked = { path: '/shared/photo-0', inlineBytes: PHOTO_BYTES, direct: true };
  const { direct } = await client.files.openRead(asked);
  for (const { server, address, ticket } of direct?.tickets ?? []) {
    const wanted = { file: first?.entry.id, hash: direct?.hash, ticket } as TicketRead;
    const parts = await dial({ server, address, ticket }).read(wanted);
    expect(photos[0]?.content.equals(joinParts(parts))).toBe(true);
  }
  expect(direct?.tickets).toHaveLength(3);

  const flipped = await flipSegments(cluster, 'server-2');
  strikes.landed('flipping bits on the disk of server-2', flipped > 4);
  const readPhotos = async (): Promise<void> => {
    const reading = photos.map(async ({ path, content }) =>
      content.equals(joinParts(await readAll(client, path))),
    );
    expect(await Promise.all(reading)).toEqual(photos.map(() => true));
  };
  await until('a read to find damage on server-2', async () => {
    await readPhotos();
    return await hasFoundDamage(cluster, 'server-2');
  });
  await untilWhole(cluster);
  await readPhotos();
  strikes.expectCount(1);
}, 120_000);

test('a stranger, a forged ticket and one from before a restart open nothing', async () => {
  await using cluster = await TestCluster.start();
  await using client = await connectClient(cluster);
  const content = randomBytes(2 * MIB);
  const { entry } = await client.putFile(sourceOfBytes(content), { path: SECRET });
  const { handle = '' } = await client.files.openRead({ path: SECRET, inlineBytes: 0 });
  const { chunks } = await client.files.manifest({ handle, fromOffset: 0 });
  const { chunks: given } = await client.files.tickets({ handle, fromOffset: 0 });
  const [first] = given[0]?.tickets ?? [];
  const hash = chunks[0]?.hash;
  if (!first || hash === undefined) throw new Error('There is a ticket to the first chunk.');
  const wanted: TicketRead = { file: entry.id, hash, ticket: first.ticket };
  const link = dial(first);
  expect(content.equals(joinParts(await link.read(wanted)))).toBe(true);

  const { nonce, proof } = first.ticket;
  const others = {
    'no proof': { nonce, proof: '0'.repeat(64) },
    'a nonce of one’s own': { nonce: '0'.repeat(32), proof },
  };
  for (const ticket of Object.values(others)) {
    await expect(link.read({ ...wanted, ticket })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  }
  const other = given[0]?.tickets[1];
  if (!other) throw new Error('There is a ticket to another server.');
  await expect(dial(other).read(wanted)).rejects.toMatchObject({ code: 'unauthenticated' });

  await cluster.kill(first.server);
  await cluster.startPart(first.server);
  await expect(dial(first).read(wanted)).rejects.toMatchObject({ code: 'unauthenticated' });
  await until('new tickets to open it', async () => {
    const { chunks: later } = await client.files.tickets({ handle, fromOffset: 0 });
    const fresh = later[0]?.tickets.find(({ server }) => server === first.server);
    if (!fresh) return false;
    const parts = await dial(fresh).read({ ...wanted, ticket: fresh.ticket });
    return content.equals(joinParts(parts));
  });
});

/** Whether a server has told of damage on its own disk. */
async function hasFoundDamage(cluster: TestCluster, server: string): Promise<boolean> {
  const log = await readFile(join(cluster.data, 'logs', `${server}.log`), 'utf8');
  return log.includes('is damaged in');
}

async function readAll(client: HoldfastClient, path = FILM): Promise<Uint8Array[]> {
  await using file = await client.openFile(path);
  const pieces: Uint8Array[] = [];
  for await (const piece of file.read()) pieces.push(piece.slice());
  return pieces;
}

/** So that connections to all servers are there. */
async function readSome(client: HoldfastClient): Promise<void> {
  await using file = await client.openFile(FILM);
  for await (const _ of file.read({ end: 32 * MIB }));
}

function dial({ server, address }: DirectTicket): ChunkLink {
  const take = (): Uint8Array => new Uint8Array(4 * MIB);
  return dialChunks({ server, address, buffers: { take, give: () => {} } });
}
