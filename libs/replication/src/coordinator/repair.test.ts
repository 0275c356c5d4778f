import { type ChunkId, HoldfastError, type StoreId } from '@holdfast/contracts';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { Members } from './members.ts';
import type { Member } from './member.ts';
import { Repair } from './repair.ts';

const report = { freeBytes: 1, totalBytes: 1, chunks: 0, chunkBytes: 0, position: 0 };

function join(members: Members, number: number, remote: object): Member {
  const store = String(number).repeat(32) as StoreId;
  const member = members.enrol({ store, name: `server-${number}` });
  const ended = new AbortController().signal;
  const at = { incarnation: 1, address: `at-${number}`, pid: 1, session: '', ended };
  member.connect({ ...at, remote: remote as never }, report);
  member.generation = 1;
  members.change(member, 'live');
  return member;
}

test('a source loses only the copies that it says itself it does not have', async () => {
  using members = new Members(simulatedClock());
  const dropped: string[] = [];
  const problems: string[] = [];
  // At the address of the source another server answers: nothing can be pulled from there.
  const verify = async (): Promise<object> => ({ whole: [true, false] });
  const pull = async (): Promise<object> => ({ positions: [-1, -1], movedBytes: 0 });
  const source = join(members, 1, { verify });
  const target = join(members, 2, { pull });
  const chunks = ['kept', 'lost'].map((hash) => ({
    ...({ file: 'f', hash } as unknown as ChunkId),
    length: 1,
    wanted: [source.store, target.store],
    holders: [{ store: source.store, generation: 1, confirmed: true }],
  }));
  const repair = new Repair({
    directory: {
      underReplicated: async () => chunks,
      counts: async () => ({ underReplicated: 2, singleCopy: 2 }),
      addHolders: async () => {},
      dropHolders: async (store: StoreId, lost: readonly ChunkId[]) =>
        void dropped.push(...lost.map(({ hash }) => `${hash} on ${members.nameOf(store)}`)),
    } as never,
    members,
    epoch: () => 1,
    clock: simulatedClock(),
    userWrites: () => 0,
    onProblem: (_, error) => problems.push(String(error)),
  });
  const round = await repair.round(new AbortController().signal);
  expect(round).toEqual({ planned: 2, repaired: 0 });
  expect(dropped).toEqual(['lost on server-1']);
  expect(problems).toEqual([expect.stringContaining('did not get from at-1 what server-1 has')]);
});

test('where two servers do not reach each other, the chunk comes from a third', async () => {
  const clock = simulatedClock();
  using members = new Members(clock);
  const asked: string[] = [];
  const pull = async ({ from }: { from: { name: string } }): Promise<object> => {
    asked.push(from.name);
    if (from.name === 'server-1') throw new HoldfastError('unavailable', 'No route.');
    return { positions: [1], movedBytes: 1 };
  };
  const sources = [join(members, 1, {}), join(members, 2, {})];
  const target = join(members, 3, { pull });
  const holders = sources.map(({ store }) => ({ store, generation: 1, confirmed: true }));
  const chunk = { file: 'f', hash: 'h', length: 1, wanted: [target.store], holders };
  const repair = new Repair({
    directory: {
      underReplicated: async () => [chunk],
      addHolders: async () => {},
      counts: async () => ({ underReplicated: 1, singleCopy: 1 }),
    } as never,
    members,
    epoch: () => 1,
    clock,
    userWrites: () => 0,
    onProblem: () => {},
  });
  const { signal } = new AbortController();
  await clock.advance(1);
  expect(await clock.run(repair.round(signal))).toEqual({ planned: 1, repaired: 0 });
  expect((await repair.status()).waits).toBe('server-3 could not be given copies: No route.');
  expect(await clock.run(repair.round(signal))).toEqual({ planned: 1, repaired: 1 });
  expect(await repair.status()).not.toHaveProperty('waits');
  expect(asked).toEqual(['server-1', 'server-2']);
});
