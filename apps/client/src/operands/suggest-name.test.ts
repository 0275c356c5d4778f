import { HoldfastError } from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { FakeFrontend, fakeClient } from '@holdfast/sdk/testing';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { CLIENT_LIMITS } from '../limits.ts';
import { closest, suggestName } from './suggest-name.ts';

test.for([
  ['reprot.txt', 'report.txt'],
  ['Readme', 'README'],
  ['repotr', undefined],
  ['a', 'b'],
] as const)('for %s the suggestion is %s', ([typed, expected]) => {
  const names = typed === 'a' ? ['b', 'report.txt'] : ['report.txt', 'README', 'photos'];
  expect(closest(typed, names)).toBe(expected);
});

// fills CLIENT_LIMITS.suggestionMs
test('a frontend that does not list the names for a suggestion is not waited for', async () => {
  const clock = simulatedClock();
  const frontend = new FakeFrontend();
  frontend.beforeCall = () => new Promise(() => {});
  const { client: current } = fakeClient(frontend, clock, blake3Hasher);
  const details = { path: '/home/reprot' };
  const error = new HoldfastError('not-found', 'There is no /home/reprot.', { details });
  const startMs = clock.monotonicMs();
  const told = await clock.run(suggestName({ connections: { current } } as never, error));
  expect(told).toBe(error);
  expect(frontend.calls.get('list')).toBe(1);
  expect(clock.monotonicMs() - startMs).toBe(CLIENT_LIMITS.suggestionMs);
});
