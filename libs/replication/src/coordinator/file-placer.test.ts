import type { FileId, StoreId } from '@holdfast/contracts';
import type { Placement } from '@holdfast/placement';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { FilePlacer } from './file-placer.ts';
import { Members } from './members.ts';

const stores = ['1', '2', '3'].map((digit) => digit.repeat(32) as StoreId);
const file = 'f' as FileId;

/** Keeps what is kept, and fills up in order. */
const inOrder: Placement = {
  choose: ({ copies, candidates, kept = [] }) => {
    const others = candidates.map(({ store }) => store).filter((store) => !kept.includes(store));
    return [...kept, ...others].slice(0, copies === 'all' ? undefined : copies);
  },
  storesOf: (_index, all) => all,
  fetches: () => undefined,
};

test('a file gets other stores only when its writer asks for another number of copies', async () => {
  using members = new Members(simulatedClock());
  for (const store of stores) members.enrol({ store, name: `server-${store[0]}` });
  const placer = new FilePlacer(members, inOrder);
  const second = stores.slice(1, 2);
  const present = { stores: second, copies: 1 };

  expect(placer.replace(file, present, undefined)).toBe(present);
  expect(placer.replace(file, present, 1)).toBe(present);

  const three = placer.replace(file, present, 3);
  expect(three.copies).toBe(3);
  expect(three.stores[0]).toBe(second[0]);
  expect(new Set(three.stores)).toEqual(new Set(stores));
  expect(placer.replace(file, three, 1).stores).toEqual(second);
});
