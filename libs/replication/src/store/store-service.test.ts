import { HoldfastError } from '@holdfast/contracts';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
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
    clock: simulatedClock(),
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

// fills REPLICATION_LIMITS.fullRetryMs
test('a full server is tried again after a while, whatever was free when it was full', async () => {
  const clock = simulatedClock();
  const store = {
    ...{ usage: {}, position: 1, directory: 'd', epoch: 1, generation: 1 },
    put: async () => {
      throw new HoldfastError('no-space', 'The disk is full.');
    },
  };
  const service = new StoreService({
    ...{ store: store as never, clock, scrubber: {} as never, hasher: {} as never },
    journal: { kept: [], quarantined: [], tail: {} } as never,
    ...{ snapshots: {} as never, peers: {} as never },
    // There was room again in the very moment in which the service looked.
    space: async () => ({ freeBytes: 1_000_000_000, totalBytes: 2_000_000_000 }),
  });
  const refuses = async (): Promise<boolean> =>
    (await service.currentReport()).refusesWrites !== undefined;
  const put = service.put({ epoch: 1, chunk: {} as never, content: [] });
  await expect(put).rejects.toMatchObject({ code: 'no-space' });
  await clock.advance(LIMITS.fullRetryMs - 1);
  expect(await refuses()).toBe(true);
  await clock.advance(1);
  expect(await refuses()).toBe(false);
});
