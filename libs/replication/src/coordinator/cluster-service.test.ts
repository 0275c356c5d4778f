import type { CallContext, ClusterStatus, DirectoryScrub } from '@holdfast/contracts';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { joinMember } from '../testing/join-member.ts';
import { ClusterService } from './cluster-service.ts';
import { Members } from './members.ts';

const LAST = { startedMs: 1, endedMs: 2, readBytes: 3, damaged: 1, repaired: 1, damage: ['x'] };
const context = {} as CallContext;

class Place implements Disposable {
  readonly members = new Members(simulatedClock());
  readonly scrubbed: string[] = [];
  readonly service: ClusterService;

  constructor() {
    const report: DirectoryScrub = { last: LAST };
    const directory = { counts: async () => ({}), settings: async () => ({ copies: 3 }) };
    this.service = new ClusterService({
      members: this.members,
      directory: directory as never,
      repair: { status: async () => ({}) } as never,
      findings: {
        damage: async () => ({ chunks: 0, files: [] }),
        begin: async (chosen: readonly { name: string }[]) =>
          void this.scrubbed.push(...chosen.map(({ name }) => name)),
      } as never,
      retirement: {} as never,
      departures: { present: [] } as never,
      directoryScrubber: { report, begin: () => void this.scrubbed.push('frontend') },
      frontend: () => ({ name: 'frontend', pid: 1, startedMs: 0, epoch: 1 }),
      journal: () => ({ id: '', commits: 1, writable: true, view: [] }),
      invitation: async () => '',
    });
  }

  async status(): Promise<ClusterStatus> {
    return (await this.service.status({}, context)).status;
  }

  [Symbol.dispose](): void {
    this.members[Symbol.dispose]();
  }
}

test('a server whose disk failed is shown as read-only, with the reason, until it is gone', async () => {
  using place = new Place();
  const member = joinMember(place.members, 1);
  joinMember(place.members, 2);
  const { report } = member;
  if (report) member.heard({ ...report, poisoned: true, refusesWrites: 'Its disk failed.' });
  const { servers } = await place.status();
  expect(servers.map(({ state, reason }) => [state, reason])).toEqual([
    ['read-only', 'Its disk failed.'],
    ['live', undefined],
  ]);
  place.members.disconnected(member, 'It has ended.');
  expect((await place.status()).servers[0]?.state).toBe('gone');
});

test("scrubbing everything includes the frontend's own disk, and the status tells what was found", async () => {
  using place = new Place();
  joinMember(place.members, 1);
  joinMember(place.members, 2);
  await place.service.scrub({ name: 'server-2' }, context);
  expect(place.scrubbed).toEqual(['server-2']);
  await place.service.scrub({}, context);
  expect(place.scrubbed.slice(1)).toEqual(['server-1', 'server-2', 'frontend']);
  expect((await place.status()).directory.scrub).toEqual({ last: LAST });
});
