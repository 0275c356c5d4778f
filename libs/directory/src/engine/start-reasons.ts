import type { LostTail } from '@holdfast/contracts';

/** Why a start waits, for people, with what they can do. */
interface Missing {
  readonly missing: readonly string[];
}

const LAST_RESORT = 'If one is lost for good: `holdfast rebuild --accept-loss`.';

export function waitForBackedUp({ missing }: Missing): string {
  return (
    'The directory was restored from a backup, and serves once all its file servers have been ' +
    `heard, so that none of them knows more. Start ${list(missing)}. ${LAST_RESORT}`
  );
}

export function waitAfterSetBack({ missing }: Missing): string {
  return (
    "The frontend's disk was behind the file servers, as after restoring an old copy. It has " +
    `taken over what they hold, and serves once all have been heard. Start ${list(missing)}. ${LAST_RESORT}`
  );
}

/** Stores that once had more than we have now, and cannot be asked for it. */
export function waitForWhatWasLost(lost: {
  readonly names: readonly string[];
  readonly number: number;
  readonly ours: number;
  readonly others: readonly string[];
}): string {
  const { names, number, ours, others } = lost;
  const ask =
    others.length > 0
      ? `Start ${list(others)}, which may have them. If that is lost for good, they can be given up: `
      : 'No other file server has them. They can be given up: ';
  return (
    `${list(names)} held changes up to ${number} before its copy of the journal was damaged, and this ` +
    `frontend has them up to ${ours}. Nothing is served, so that nothing is lost. ${ask}` +
    '`holdfast rebuild --accept-loss`.'
  );
}

/** A journal of ours that is damaged is made anew from those of the stores. */
export function waitForMending({
  lost,
  ours,
  missing,
}: Missing & { readonly lost: LostTail; readonly ours: number }): string {
  return (
    "This frontend's journal was damaged. It was set aside, and is made anew from those of the file " +
    `servers: up to change ${ours} of ${lost.number} so far. Start ${list(missing)}: one that has all of it is enough. ` +
    LAST_RESORT
  );
}

export function waitForAny({ missing }: Missing): string {
  return `The directory waits for one of its file servers. Start one of ${list(missing)}.`;
}

export function waitForLastView({ missing }: Missing): string {
  return `The directory starts in a moment, or as soon as it has heard ${list(missing)}.`;
}

function list(names: readonly string[]): string {
  return [...names].sort().join(', ');
}
