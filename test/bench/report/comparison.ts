import type { Figure } from '../measure/figures.ts';
import { summarize } from '../measure/summary.ts';
import type { Report } from './report.ts';
import { aligned, short } from './table.ts';

/** Old beside new; a change is named better or worse only where the spreads do not overlap. */
export function comparisonTable(old: Report, figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const before = old.figures.find(({ row, name }) => row === figure.row && name === figure.name);
    const now = summarize(figure.values);
    if (!before) return [figure.name, '', short(now.median), figure.unit, '', 'new'];
    const then = summarize(before.values);
    const change = `${now.median >= then.median ? '+' : ''}${short(100 * (now.median / then.median - 1))} %`;
    const apart = now.min > then.max || now.max < then.min;
    const improved = now.median > then.median === (figure.better === 'more');
    const verdict = apart ? (improved ? 'better' : 'worse') : '';
    return [figure.name, short(then.median), short(now.median), figure.unit, change, verdict];
  });
  return aligned([['', 'then', 'now', 'unit', 'change', ''], ...rows]);
}
