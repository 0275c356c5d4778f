import { seededRandom, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { TicketNonces } from './ticket-nonces.ts';

// fills REPLICATION_LIMITS.ticketNonceMs
test('a nonce is given out for a while, known for as long again, and never after', async () => {
  const clock = simulatedClock();
  const nonces = new TicketNonces(clock, seededRandom('nonces'));
  const first = nonces.current;
  await clock.advance(LIMITS.ticketNonceMs - 1);
  expect(nonces.current).toBe(first);
  await clock.advance(1);
  const second = nonces.current;
  expect(second).not.toBe(first);
  await clock.advance(LIMITS.ticketNonceMs - 1);
  expect([nonces.isKnown(first), nonces.isKnown(second)]).toEqual([true, true]);
  await clock.advance(1);
  expect([nonces.isKnown(first), nonces.isKnown(second)]).toEqual([false, true]);
});

test('a nonce that nobody asked about meanwhile is as old as it is', async () => {
  const clock = simulatedClock();
  const nonces = new TicketNonces(clock, seededRandom('nonces'));
  const first = nonces.current;
  await clock.advance(2 * LIMITS.ticketNonceMs);
  expect(nonces.isKnown(first)).toBe(false);
});

test('somebody who sets the wall clock changes nothing', async () => {
  const clock = simulatedClock();
  const nonces = new TicketNonces(clock, seededRandom('nonces'));
  const first = nonces.current;
  clock.jumpWall(-1_000_000_000);
  expect(nonces.current).toBe(first);
  await clock.advance(2 * LIMITS.ticketNonceMs);
  clock.jumpWall(-1_000_000_000);
  expect(nonces.isKnown(first)).toBe(false);
});
