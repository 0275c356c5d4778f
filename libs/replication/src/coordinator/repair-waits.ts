import type { ChunkInfo } from '@holdfast/directory';
import type { Member } from './member.ts';
import type { Members } from './members.ts';

/**
 * Why none of `chunks`, which lack copies, can be given one now, as words for people; undefined if
 * one can.
 */
export function whyRepairWaits(chunks: readonly ChunkInfo[], members: Members): string | undefined {
  const reasons = new Set<string>();
  for (const { wanted, holders } of chunks) {
    const has = (member: Member): boolean =>
      holders.some(
        ({ store, generation, confirmed }) =>
          confirmed && store === member.store && generation === member.generation,
      );
    const stores = [...new Set([...wanted, ...holders.map(({ store }) => store)])];
    const known = stores
      .map((store) => members.find(store))
      .filter((member) => member !== undefined);
    const sources = known.filter(has);
    const targets = known.filter((member) => wanted.includes(member.store) && !has(member));
    if (!sources.some(({ live }) => live)) {
      const away = sources.filter(({ live }) => !live);
      reasons.add(away.length > 0 ? namesOf(away, 'has the copies') : 'no server has a copy');
      continue;
    }
    if (targets.some(({ acceptsWrites }) => acceptsWrites)) return undefined;
    for (const target of targets) reasons.add(whyNotTo(target));
  }
  return reasons.size === 0 ? undefined : [...reasons].join('; ');
}

function namesOf(away: readonly Member[], has: string): string {
  return away.map(({ name, state }) => `${name}, which ${has}, is ${STATE[state]}`).join('; ');
}

const STATE = {
  live: 'live',
  'catching-up': 'catching up',
  suspect: 'suspect',
  gone: 'gone',
} as const;

function whyNotTo({ name, state, leaving, report }: Member): string {
  if (state !== 'live') return `${name} is ${STATE[state]}`;
  if (leaving) return `${name} leaves the cluster`;
  return `${name} takes no copies: ${report?.refusesWrites ?? 'it did not say why'}`;
}
