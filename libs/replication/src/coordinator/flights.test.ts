import type { Upload } from '@holdfast/directory';
import { expect, test } from 'vitest';
import { storeNumber } from '../testing/join-member.ts';
import { Flights } from './flights.ts';

const [here, there] = [storeNumber(1), storeNumber(2)];

test('nothing is collected that a write under way or an open upload may have put', () => {
  const flights = new Flights();
  const upload = { positions: { [here]: 40 } } as unknown as Upload;
  const safe = (uploads: readonly Upload[] = []): number =>
    flights.safePosition(here, 100, uploads);
  expect(safe()).toBe(100);
  const early = flights.begin({ [here]: 50 });
  const late = flights.begin({ [here]: 90 });
  expect(safe()).toBe(50);
  expect(safe([upload])).toBe(40);
  early[Symbol.dispose]();
  expect(safe()).toBe(90);
  late[Symbol.dispose]();
  expect(safe([upload])).toBe(40);
});

test('of a store that was not there when a write began, nothing is collected meanwhile', () => {
  const flights = new Flights();
  using _flight = flights.begin({ [there]: 7 });
  expect(flights.safePosition(here, 100, [])).toBe(0);
});

test('two writes that began at one moment hold their place each by itself', () => {
  const flights = new Flights();
  const positions = { [here]: 5 };
  const [first, second] = [flights.begin(positions), flights.begin(positions)];
  first[Symbol.dispose]();
  expect(flights.safePosition(here, 100, [])).toBe(5);
  second[Symbol.dispose]();
  expect(flights.safePosition(here, 100, [])).toBe(100);
});
