import type { Remote, StoreContract, StoreId, StoreReport } from '@holdfast/contracts';
import type { Member } from '../coordinator/member.ts';
import type { Members } from '../coordinator/members.ts';

const REPORT: StoreReport = {
  freeBytes: 1_000_000,
  totalBytes: 1_000_000,
  chunks: 0,
  chunkBytes: 0,
  position: 0,
};

/** The store of `server-NUMBER`, by what it is to be called here. */
export function storeNumber(number: number): StoreId {
  return String(number).repeat(32) as StoreId;
}

/** A server that has registered and caught up, whose store answers as `remote` says. */
export function joinMember(
  members: Members,
  number: number,
  remote: Partial<Remote<StoreContract>> = {},
): Member {
  const member = members.enrol({ store: storeNumber(number), name: `server-${number}` });
  const ended = new AbortController().signal;
  const connection = { incarnation: 1, address: `at-${number}`, pid: number, session: '', ended };
  member.connect({ ...connection, remote: remote as Remote<StoreContract> }, REPORT);
  member.generation = 1;
  members.change(member, 'live');
  return member;
}

/** Says that servers live, as their heartbeats do. */
export function beat(...heard: readonly Member[]): void {
  for (const member of heard) member.heard(member.report ?? REPORT);
}
