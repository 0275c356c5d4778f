import type { StoreId } from '@holdfast/contracts';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { Member } from './member.ts';
import { Members } from './members.ts';
import { Strays } from './strays.ts';
import { Upkeep } from './upkeep.ts';

test('a store is looked through for strays when it comes, and again while it stays', async () => {
  const clock = simulatedClock();
  const members = new Members(clock);
  const swept: string[] = [];
  const upkeep = new Upkeep({
    members,
    repair: { round: async () => 0 } as never,
    collector: { round: async () => false } as never,
    inventory: { sweep: async ({ name }: Member) => void swept.push(name) } as never,
    strays: new Strays(() => []),
    notes: { note: async () => {} } as never,
    placements: { round: async () => {} } as never,
    retirement: { round: async () => {} } as never,
    clock,
    writable: () => true,
    onProblem: (task, error) => expect.fail(`${task}: ${String(error)}`),
  });
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
