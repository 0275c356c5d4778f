import type { Figure } from '../measure/figures.ts';
import { summarize } from '../measure/summary.ts';

/** How near a figure comes to its limit: 1 is as good, and less is worse, in either direction. */
export function ratioOf({ better, values, limit }: Figure): number | undefined {
  if (!limit) return undefined;
  const [own, bare] = [summarize(values).median, summarize(limit.values).median];
  return better === 'more' ? own / bare : bare / own;
}
