import { type ChunkHash, type FileId, HoldfastError, type StoreId } from '@holdfast/contracts';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { beforeEach, expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { joinMember } from '../testing/join-member.ts';
import { silentCall } from '../testing/silent-call.ts';
import { ChunkReader } from './chunk-reader.ts';
import type { Member } from './member.ts';
import { Members } from './members.ts';

const chunk = { file: 'f'.repeat(32) as FileId, hash: 'a'.repeat(64) as ChunkHash };
const content = [Uint8Array.of(1, 2, 3)];

let clock: SimulatedClock;
let members: Members;
let reader: ChunkReader;
let bad: StoreId[];
let asked: string[];
beforeEach(() => {
  clock = simulatedClock();
  members = new Members(clock);
  bad = [];
  asked = [];
  reader = new ChunkReader(members, (store) => bad.push(store));
});

/** A live server whose store answers with the chunk, or with an error of this code. */
function server(number: number, failure?: 'damaged' | 'not-found' | 'timeout'): Member {
  const get = async (): Promise<{ content: typeof content }> => {
    asked.push(`server-${number}`);
    if (failure !== undefined) throw new HoldfastError(failure, 'It failed.');
    return { content };
  };
  return joinMember(members, number, { get, getLarge: get });
}

function read(holders: readonly Member[], more: { exclude?: string[]; length?: number } = {}) {
  const confirmed = holders.map(({ store }) => ({ store, generation: 1, confirmed: true }));
  const wanted = { chunk, length: 3, holders: confirmed, ...more };
  return reader.read(wanted, new AbortController().signal);
}

test('the next holder is asked when one fails, and a bad copy is reported', async () => {
  const holders = [server(1, 'damaged'), server(2, 'timeout'), server(3)];
  expect(await read(holders)).toEqual({ content, server: 'server-3' });
  expect(asked).toEqual(['server-1', 'server-2', 'server-3']);
  // One that did not answer in time may have a good copy.
  expect(bad).toEqual([holders[0]?.store]);
});

// fills REPLICATION_LIMITS.readStallMs
test.each([
  ['small', 3],
  ['large', 3_000_000],
])('a holder that does not answer for a %s chunk is waited for shortly', async (_, length) => {
  const silent = silentCall(clock);
  const holders = [joinMember(members, 1, { get: silent, getLarge: silent }), server(2)];
  expect(await clock.run(read(holders, { length }))).toEqual({ content, server: 'server-2' });
  expect(clock.monotonicMs()).toBe(LIMITS.readStallMs);
  expect(bad).toEqual([]);
});

test('no chunk is fetched twice, and the least busy holder comes first', async () => {
  const [busy, free] = [server(1), server(2)];
  busy.outstandingReads = 3;
  expect(await read([busy, free])).toEqual({ content, server: 'server-2' });
  expect(asked).toEqual(['server-2']);
});

test('a holder in doubt, and one that is not live, are asked only after the others', async () => {
  const [doubtful, suspect, good] = [server(1), server(2), server(3, 'timeout')];
  doubtful.generation = 2;
  members.change(suspect, 'suspect');
  await read([suspect, doubtful, good]);
  expect(asked).toEqual(['server-3', 'server-1']);
});

test('a server whose copy the client found wrong is left out', async () => {
  expect(await read([server(1), server(2)], { exclude: ['server-1'] })).toMatchObject({
    server: 'server-2',
  });
});

test('only if every copy was seen to be bad is a chunk called damaged', async () => {
  const [first, second] = [server(1, 'damaged'), server(2, 'not-found')];
  await expect(read([first, second])).rejects.toMatchObject({ code: 'damaged' });
  members.disconnected(second, 'It left.');
  await expect(read([first, second])).rejects.toMatchObject({
    code: 'unavailable',
    details: { servers: ['server-1', 'server-2'] },
  });
});
