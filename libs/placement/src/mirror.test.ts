import { fc, test } from '@fast-check/vitest';
import type { FileId, StoreId } from '@holdfast/contracts';
import { expect } from 'vitest';
import { mirrorPlacement } from './mirror.ts';
import type { PlacementCandidate } from './placement.ts';

const GIB = 2 ** 30;
const mirror = mirrorPlacement();

const id = (number: number): string => number.toString(16).padStart(32, '0');
const file = (number: number): FileId => id(number) as FileId;
const store = (number: number): StoreId => id(number + 1000) as StoreId;

function candidate(number: number, about: Partial<PlacementCandidate> = {}): PlacementCandidate {
  const plain = { freeBytes: 50 * GIB, totalBytes: 100 * GIB, live: true, retiring: false };
  return { store: store(number), ...plain, ...about };
}

const roster = fc.uniqueArray(
  fc.record({
    store: fc.nat(10_000).map(store),
    freeBytes: fc.nat(100 * GIB),
    totalBytes: fc.constant(100 * GIB),
    live: fc.boolean(),
    retiring: fc.boolean(),
  }),
  { selector: (other) => other.store, maxLength: 12 },
);
const copies = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.constant('all' as const));
const anyFile = fc.nat().map(file);

test.prop([roster, copies, anyFile])(
  'as many stores as wanted are chosen, none twice, none that retires, live ones before others',
  (candidates, wanted, chosenFor) => {
    const chosen = mirror.choose({ file: chosenFor, copies: wanted, candidates });
    const eligible = candidates.filter((other) => !other.retiring);
    expect(chosen).toHaveLength(
      wanted === 'all' ? eligible.length : Math.min(wanted, eligible.length),
    );
    expect(new Set(chosen).size).toBe(chosen.length);
    const live = chosen.map((name) => eligible.find((other) => other.store === name)?.live);
    expect(live).not.toContain(undefined);
    expect(live).toEqual([...live].sort((a, b) => Number(b) - Number(a)));
    const liveEligible = eligible.filter((other) => other.live).length;
    expect(live.filter(Boolean)).toHaveLength(Math.min(chosen.length, liveEligible));
  },
);

test.prop([roster, copies, anyFile])(
  'the order of the roster makes no difference',
  (candidates, wanted, chosenFor) => {
    const request = { file: chosenFor, copies: wanted };
    expect(mirror.choose({ ...request, candidates: candidates.toReversed() })).toEqual(
      mirror.choose({ ...request, candidates }),
    );
  },
);

test.prop([roster, fc.integer({ min: 2, max: 5 }), anyFile, fc.nat(100 * GIB)])(
  'a store that joins takes places, and moves nothing among the others',
  (candidates, wanted, chosenFor, freeBytes) => {
    const before = mirror.choose({ file: chosenFor, copies: wanted, candidates });
    const joined = candidate(20_000, { freeBytes });
    const after = mirror.choose({
      file: chosenFor,
      copies: wanted,
      candidates: [...candidates, joined],
    });
    const old = after.filter((name) => name !== joined.store);
    expect(before.slice(0, old.length)).toEqual(old);
  },
);

test('each store takes a share of files in proportion to its free space', () => {
  const freeGib = [10, 20, 30, 40];
  const candidates = freeGib.map((gib, i) => candidate(i, { freeBytes: gib * GIB }));
  const files = 10_000;
  const first = new Map<StoreId | undefined, number>();
  for (let i = 0; i < files; i++) {
    const [name] = mirror.choose({ file: file(i), copies: 2, candidates });
    first.set(name, (first.get(name) ?? 0) + 1);
  }
  for (const [i, gib] of freeGib.entries()) {
    // Four standard deviations of a share of ten thousand draws are below 0.02.
    expect(Math.abs((first.get(store(i)) ?? 0) / files - gib / 100)).toBeLessThan(0.02);
  }
});

test('a full store is chosen only when there is no other', () => {
  const candidates = [candidate(0, { freeBytes: 0 }), candidate(1), candidate(2)];
  for (let i = 0; i < 200; i++) {
    expect(mirror.choose({ file: file(i), copies: 2, candidates })).not.toContain(store(0));
  }
  expect(mirror.choose({ file: file(0), copies: 3, candidates })).toContain(store(0));
});

test('stores that have not reported share the places that live ones leave', () => {
  const unknown = { live: false, freeBytes: 0, totalBytes: 0 };
  const candidates = [candidate(0), ...[1, 2, 3].map((i) => candidate(i, unknown))];
  const second = new Set<StoreId | undefined>();
  for (let i = 0; i < 100; i++) {
    second.add(mirror.choose({ file: file(i), copies: 2, candidates })[1]);
  }
  expect(second.size).toBe(3);
});

test('a single copy goes to the least filled store that is live', () => {
  const candidates = [
    candidate(0, { freeBytes: 90 * GIB, totalBytes: 1000 * GIB }),
    candidate(1, { freeBytes: 8 * GIB, totalBytes: 10 * GIB }),
    candidate(2, { freeBytes: 99 * GIB, live: false }),
    candidate(3, { freeBytes: 98 * GIB, retiring: true }),
  ];
  expect(mirror.choose({ file: file(1), copies: 1, candidates })).toEqual([store(1)]);
  expect(mirror.choose({ file: file(1), copies: 1, candidates: candidates.slice(2) })).toEqual([
    store(2),
  ]);
});

test.prop([roster, fc.integer({ min: 1, max: 5 }), anyFile, fc.nat()])(
  'what a file has already stays in its order, but for stores that retire or are gone',
  (candidates, wanted, chosenFor, seed) => {
    const kept = candidates.filter((_, i) => (seed >> i) & 1).map((other) => other.store);
    const chosen = mirror.choose({
      file: chosenFor,
      copies: wanted,
      candidates,
      kept: [store(77_777), ...kept],
    });
    const eligible = candidates.filter((other) => !other.retiring).map((other) => other.store);
    const staying = kept.filter((name) => eligible.includes(name));
    expect(chosen.slice(0, staying.length)).toEqual(staying);
    expect(chosen).toHaveLength(Math.max(staying.length, Math.min(wanted, eligible.length)));
    expect(new Set(chosen).size).toBe(chosen.length);
  },
);

test('every chunk goes everywhere, and any one holder brings it back', () => {
  const stores = [store(1), store(2)];
  expect(mirror.storesOf(5, stores)).toEqual(stores);
  const range = [
    { index: 4, holders: stores },
    { index: 5, holders: [store(2)] },
  ];
  expect(mirror.fetches(range)).toEqual([
    { index: 4, from: stores },
    { index: 5, from: [store(2)] },
  ]);
  expect(mirror.fetches([...range, { index: 6, holders: [] }])).toBeUndefined();
});
