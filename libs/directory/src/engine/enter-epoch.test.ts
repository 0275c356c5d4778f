import { type AgreementState, type DirectoryId, EMPTY_TAIL } from '@holdfast/contracts';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { enterEpoch } from './enter-epoch.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { countingRandom } from './testing/counting-random.ts';
import { MemoryAgreement } from './testing/memory-agreement.ts';
import { MemoryJournal } from './testing/memory-journal.ts';
import { plainHasher } from './testing/plain-hasher.ts';
import { SmallMap } from './testing/small-map.ts';

// fills ENGINE_LIMITS.epochAttempts
test.for([
  [ENGINE_LIMITS.epochAttempts - 1, undefined],
  [ENGINE_LIMITS.epochAttempts, 'stale-epoch'],
] as const)(
  'epochs are asked for until one is beyond %i known ones, or there were too many',
  async ([known, code]) => {
    const agreement = new MemoryAgreement();
    let asked = 0;
    agreement.become = async (directory: DirectoryId): Promise<AgreementState> => ({
      ...{ directory, epoch: ++asked, roster: [] },
      view: { number: 0, stores: [] },
    });
    const entering = enterEpoch(
      {
        ...{ agreement, map: new SmallMap(), hasher: plainHasher, clock: simulatedClock() },
        ...{ random: countingRandom(), journal: new MemoryJournal(plainHasher) },
      },
      EMPTY_TAIL.epoch + known,
    );
    if (code) await expect(entering).rejects.toMatchObject({ code });
    else expect((await entering).epoch).toBe(known + 1);
    expect(asked).toBe(ENGINE_LIMITS.epochAttempts);
  },
);
