import type { ChunkId } from '@holdfast/contracts';
import type { ChunkInfo } from '@holdfast/directory';
import { simulatedClock } from '@holdfast/testkit';
import { beforeEach, expect, test } from 'vitest';
import { joinMember } from '../testing/join-member.ts';
import type { Member } from './member.ts';
import { Members } from './members.ts';
import { whyRepairWaits } from './repair-waits.ts';

let members: Members;
let has: Member;
let lacks: Member;
beforeEach(() => {
  members = new Members(simulatedClock());
  [has, lacks] = [joinMember(members, 1), joinMember(members, 2)];
});

function chunk(...sources: readonly Member[]): ChunkInfo {
  return {
    ...({ file: 'f', hash: 'h' } as unknown as ChunkId),
    length: 1,
    wanted: [has.store, lacks.store],
    holders: sources.map(({ store }) => ({ store, generation: 1, confirmed: true })),
  };
}

test('repair waits for nothing where a live server can get a copy from a live one', () => {
  expect(whyRepairWaits([chunk(has)], members)).toBeUndefined();
});

test('repair waits for a server that lacks copies and is not there', () => {
  members.disconnected(lacks, 'It died.');
  expect(whyRepairWaits([chunk(has)], members)).toBe('server-2 is gone');
  members.change(lacks, 'catching-up');
  expect(whyRepairWaits([chunk(has)], members)).toBe('server-2 is catching up');
});

test('repair waits for a server that takes no writes, for its own reason', () => {
  if (lacks.report) lacks.heard({ ...lacks.report, refusesWrites: 'Its disk is full.' });
  expect(whyRepairWaits([chunk(has)], members)).toBe('server-2 takes no copies: Its disk is full.');
});

test('repair waits for the server that has the only copies', () => {
  members.disconnected(has, 'It died.');
  expect(whyRepairWaits([chunk(has)], members)).toBe('server-1, which has the copies, is gone');
  expect(whyRepairWaits([chunk()], members)).toBe('no server has a copy');
});
