import type { StoreId } from '@holdfast/contracts';
import { sleep } from '@holdfast/kernel';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { Member } from './member.ts';
import { Members } from './members.ts';
import type { Repair } from './repair.ts';
import { Strays } from './strays.ts';
import { Upkeep } from './upkeep.ts';

interface Scene {
  readonly clock: SimulatedClock;
  readonly members: Members;
  /** Names of stores in the order in which they were looked through. */
  readonly swept: readonly string[];
  readonly upkeep: Upkeep;
}

function scene(round: Repair['round'] = async () => ({ planned: 0, repaired: 0 })): Scene {
  const clock = simulatedClock();
  const members = new Members(clock);
  const swept: string[] = [];
  const upkeep = new Upkeep({
    members,
    repair: { round: (signal: AbortSignal) => round(signal), left: async () => 1 } as never,
    collector: { round: async () => false } as never,
    inventory: { sweep: async ({ name }: Member) => void swept.push(name) } as never,
    strays: new Strays(() => []),
    notes: { note: async () => {}, recall: async () => {} } as never,
    placements: { round: async () => {} } as never,
    retirement: { round: async () => {} } as never,
    clock,
    writable: () => true,
    onProblem: (task, error) => expect.fail(`${task}: ${String(error)}`),
  });
  return { clock, members, swept, upkeep };
}

test('whoever looks in vain for what can be repaired looks less often, and at once when asked to', async () => {
  const tookMs = LIMITS.repairEveryMs;
  const looked: number[] = [];
  let planned = 0;
  const { clock, members, upkeep } = scene(async () => {
    looked.push(clock.monotonicMs());
    await sleep(clock, tookMs);
    return { planned, repaired: 0 };
  });
  upkeep.start();
  await clock.advance(LIMITS.repairEveryMs);
  await clock.advance(tookMs + LIMITS.repairPause * tookMs - 1);
  expect(looked).toHaveLength(1);
  await clock.advance(1);
  expect(looked).toHaveLength(2);
  await clock.advance(2 * tookMs);
  planned = 1;
  upkeep.wantRepair();
  await clock.settle();
  expect(looked).toHaveLength(3);
  // What could be tried and failed is tried again soon.
  await clock.advance(tookMs + LIMITS.repairEveryMs);
  expect(looked).toHaveLength(4);
  await clock.run(upkeep[Symbol.asyncDispose]());
  members[Symbol.dispose]();
});

test('a store is looked through for strays when it comes, and again while it stays', async () => {
  const { clock, members, swept, upkeep } = scene();
  const member = members.enrol({ store: '1'.repeat(32) as StoreId, name: 'server-1' });
  members.change(member, 'live');
  await clock.settle();
  expect(swept).toEqual(['server-1']);
  // Nobody speaks for it, so the verdict falls; it comes back.
  await clock.advance(LIMITS.silenceMs + LIMITS.verdictEveryMs);
  expect(member.state).toBe('suspect');
  await clock.advance(LIMITS.sweepEveryMs);
  expect(swept).toHaveLength(1);
  members.change(member, 'live');
  await clock.settle();
  expect(swept).toHaveLength(2);
  for (let ms = 0; ms < LIMITS.sweepEveryMs; ms += 1_000) {
    member.lastSeenMs = clock.monotonicMs();
    await clock.advance(1_000);
  }
  expect(swept).toHaveLength(3);
  await upkeep[Symbol.asyncDispose]();
  members[Symbol.dispose]();
});
