import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { TicketPut } from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { joinParts, toHex } from '@holdfast/kernel';
import { dialChunks } from '@holdfast/rmi';
import { type HoldfastClient, sourceOfBytes } from '@holdfast/sdk';
import { expect, test } from 'vitest';
import { connectClient } from '../support/connect-client.ts';
import { TestCluster } from '../support/test-cluster.ts';
import { untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const MIB = 1024 * 1024;
const FILM = '/shared/film';
const FILM_BYTES = 64 * MIB;

test('a large file goes straight to the servers, past the frontend', async () => {
  await using cluster = await TestCluster.start();
  await using client = await connectClient(cluster);
  const film = randomBytes(FILM_BYTES);
  const before = await bytesRead(cluster, 'frontend');
  const { holders } = await client.putFile(sourceOfBytes(film), { path: FILM });
  const read = (await bytesRead(cluster, 'frontend')) - before;
  expect(holders).toHaveLength(3);
  // A machine that is busy has some of it relayed, and never all.
  expect(read).toBeLessThan(FILM_BYTES);
  await untilWhole(cluster);
  expect(film.equals(joinParts(await readAll(client)))).toBe(true);
}, 120_000);

test('many large files that are put at once are whole on all servers', async () => {
  await using cluster = await TestCluster.start();
  await using client = await connectClient(cluster);
  const film = randomBytes(FILM_BYTES);
  const files = Array.from({ length: 8 }, (_, i) => `/shared/film-${i}`);
  await Promise.all(files.map((path) => client.putFile(sourceOfBytes(film), { path })));
  for (const path of files) {
    expect((await client.files.stat({ path })).entry.copies.confirmed).toBe(3);
  }
}, 120_000);

test('a put goes on while one server dies, another hangs, and the frontend starts again', async () => {
  await using cluster = await TestCluster.start();
  await using client = await connectClient(cluster);
  const strikes = new Strikes();
  const film = randomBytes(FILM_BYTES);
  const hung = Number(await cluster.pidOf('server-2'));
  let struck = 0;
  let restarted: Promise<void> | undefined;
  const restart = async (): Promise<void> => {
    await cluster.kill('frontend');
    await cluster.startPart('frontend');
  };
  await client.putFile(sourceOfBytes(film), {
    path: FILM,
    onProgress: (doneBytes) => {
      if (struck === 0 && doneBytes >= 8 * MIB) {
        struck++;
        void cluster.kill('server-3');
      }
      if (struck === 1 && doneBytes >= 24 * MIB) {
        struck++;
        restarted = restart();
      }
      if (struck === 2 && doneBytes >= 40 * MIB) {
        struck++;
        process.kill(hung, 'SIGSTOP');
      }
    },
  });
  strikes.landed('killing a server, the frontend, and stopping another server', struck === 3);
  await restarted;
  process.kill(hung, 'SIGCONT');
  await cluster.startPart('server-3');
  await untilWhole(cluster);
  expect(film.equals(joinParts(await readAll(client)))).toBe(true);
  strikes.expectCount(1);
}, 180_000);

test('nobody puts anything with a forged ticket', async () => {
  await using cluster = await TestCluster.start();
  await using client = await connectClient(cluster);
  const content = randomBytes(2 * MIB);
  const { upload } = await client.files.openUpload({ path: FILM });
  const hash = toHex(blake3Hasher.hash([content])) as TicketPut['hash'];
  const chunk = { offset: 0, length: content.length, hash };
  const { file, tickets } = await client.files.putTickets({ ...chunk, upload });
  const [first] = tickets;
  if (!first) throw new Error('There is a ticket to the first server.');
  const buffers = { take: () => new Uint8Array(4 * MIB), give: () => {} };
  const link = dialChunks({ ...first, buffers });
  const put: TicketPut = { file, hash, length: content.length, tickets };
  const forged = { ...first, ticket: { ...first.ticket, proof: '0'.repeat(64) } };
  const elsewhere = tickets.map((ticket) => ({ ...ticket, address: 'ws://127.0.0.1:1' }));
  const twice = [first, ...tickets];
  for (const wrong of [[forged], [first, ...elsewhere.slice(1)], twice]) {
    await expect(link.put({ ...put, tickets: wrong }, [content])).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  }
  const { receipts } = await link.put(put, [content]);
  link.close();
  expect(receipts).toHaveLength(3);
  const told = receipts.map((receipt) => ({ ...receipt, position: receipt.position + 1 }));
  const note = client.files.notePut({ upload, offset: 0, receipts: told });
  await expect(note).rejects.toMatchObject({ code: 'invalid-argument' });
  const { holders } = await client.files.notePut({ upload, offset: 0, receipts: [...receipts] });
  expect(holders).toHaveLength(3);
}, 60_000);

async function readAll(client: HoldfastClient): Promise<Uint8Array[]> {
  await using file = await client.openFile(FILM);
  const pieces: Uint8Array[] = [];
  for await (const piece of file.read()) pieces.push(piece.slice());
  return pieces;
}

/** All that a part has read so far, from sockets and files. */
async function bytesRead(cluster: TestCluster, part: string): Promise<number> {
  const counts = await readFile(`/proc/${await cluster.pidOf(part)}/io`, 'utf8');
  return Number(/^rchar: (\d+)$/m.exec(counts)?.[1]);
}
