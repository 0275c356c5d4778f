import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { StoreRecords, storeRecord } from '../testing/store-records.ts';
import { Members } from './members.ts';
import { PlacementKeeper } from './placement-keeper.ts';

test('a walk over all files forgets nothing that was learnt of a store meanwhile', async () => {
  using members = new Members(simulatedClock());
  const records = new StoreRecords(storeRecord());
  const { store } = members.enrol(storeRecord());
  // Its disk is lost while the walk goes on: holders of the first generation count no longer.
  const placements = async (): Promise<readonly never[]> => {
    await records.changeStore(store, (now) => ({ ...now, generation: 2, settledGeneration: 2 }));
    return [];
  };
  const keeper = new PlacementKeeper({
    directory: Object.assign(records, { placements }) as never,
    members,
    placement: {} as never,
    wantRepair: () => {},
  });
  await keeper.round();
  expect(await records.stores()).toMatchObject([
    { generation: 2, settledGeneration: 2, placedFor: 'serving' },
  ]);
});
