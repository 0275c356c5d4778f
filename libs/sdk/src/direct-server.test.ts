import type { ChunkLink, TicketRead } from '@holdfast/contracts';
import { deferred, type Deferred, type LentParts } from '@holdfast/kernel';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { DirectServer } from './direct-server.ts';
import { SDK_LIMITS } from './limits.ts';

// fills SDK_LIMITS.directChunksInFlight
test('a server is asked for so many chunks at once, and for the next one when one has come', async () => {
  const clock = simulatedClock();
  const asked: Deferred<LentParts>[] = [];
  const link: ChunkLink = {
    ready: Promise.resolve(),
    ended: new AbortController().signal,
    read: () => {
      const answer = deferred<LentParts>();
      asked.push(answer);
      return answer.promise;
    },
    put: async () => ({ receipts: [], refused: [] }),
    close: () => {},
  };
  const events = { onFailed: () => {}, onIdle: () => {} };
  const server = new DirectServer({ name: 'server-1', clock, link, patienceMs: 0, ...events });
  const most = SDK_LIMITS.directChunksInFlight;
  const reading = Array.from({ length: most + 1 }, () => server.read({} as TicketRead, undefined));
  await clock.settle();
  expect([asked.length, server.outstanding]).toEqual([most, most + 1]);
  asked[0]?.resolve([]);
  await clock.run(Promise.resolve(reading[0]));
  await clock.settle();
  expect([asked.length, server.outstanding]).toEqual([most + 1, most]);
  for (const answer of asked) answer.resolve([]);
  await clock.run(Promise.all(reading));
  server.close();
});
