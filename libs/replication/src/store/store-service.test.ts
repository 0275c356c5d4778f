import { expect, test } from 'vitest';
import { StoreService } from './store-service.ts';

const FAILED = 'It takes no more writes, because its disk failed. Check the disk.';

/** A service whose store and journal take no writes for these reasons. */
function serviceOf(poisoned: { readonly store?: string; readonly journal?: string }): StoreService {
  const usage = { chunks: 1, chunkBytes: 1, segmentBytes: 1 };
  return new StoreService({
    store: { usage, position: 1, poisoned: poisoned.store } as never,
    journal: { kept: [], quarantined: [], poisoned: poisoned.journal, tail: {} } as never,
    scrubber: {} as never,
    ...{ snapshots: {} as never, hasher: {} as never, peers: {} as never },
    space: async () => ({ freeBytes: 1, totalBytes: 1 }),
  });
}

test('a server whose disk failed under its chunks or its journal says so', async () => {
  const well = await serviceOf({}).currentReport();
  expect([well.poisoned, well.refusesWrites]).toEqual([undefined, undefined]);
  for (const poisoned of [{ store: FAILED }, { journal: FAILED }]) {
    const report = await serviceOf(poisoned).currentReport();
    expect(report).toMatchObject({ poisoned: true, refusesWrites: FAILED });
  }
});
