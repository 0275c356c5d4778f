import type { ClusterEvent } from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { FakeFrontend, fakeClient } from '@holdfast/sdk/testing';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { CLIENT_LIMITS } from '../limits.ts';
import { watchCluster } from './cluster-watch.ts';

// fills CLIENT_LIMITS.subscribeMs
test('a frontend that does not let the prompt watch is asked again after a time', async () => {
  const clock = simulatedClock();
  const frontend = new FakeFrontend();
  const event = {} as ClusterEvent;
  let asked = 0;
  const events = async function* (): AsyncGenerator<ClusterEvent> {
    yield event;
  };
  frontend.cluster = {
    watch: () => (++asked === 1 ? new Promise(() => {}) : Promise.resolve({ events: events() })),
  };
  const { client } = fakeClient(frontend, clock, blake3Hasher);
  const stop = new AbortController();
  const seen: [event: ClusterEvent, first: boolean, atMs: number][] = [];
  const onEvent = (told: ClusterEvent, first: boolean): void => {
    seen.push([told, first, clock.monotonicMs()]);
    stop.abort();
  };
  const connections = { current: client } as never;
  await clock.run(watchCluster({ connections, clock, onEvent }, stop.signal));
  expect(asked).toBe(2);
  expect(seen).toEqual([[event, true, CLIENT_LIMITS.subscribeMs + CLIENT_LIMITS.watchAgainMs]]);
});
