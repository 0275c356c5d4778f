/** What may have become of one part, as the outage matrix calls it. */
export type Condition = 'well' | 'dead' | 'stopped' | 'emptied' | 'rolled back' | 'full';

export const CONDITIONS: readonly Condition[] = [
  'well',
  'dead',
  'stopped',
  'emptied',
  'rolled back',
  'full',
];

/** Every combination of what may have become of three servers, whichever has which. */
export const COMBINATIONS: readonly (readonly Condition[])[] = CONDITIONS.flatMap((first, i) =>
  CONDITIONS.slice(i).flatMap((second, j) =>
    CONDITIONS.slice(i + j).map((third) => [first, second, third]),
  ),
).slice(1);
