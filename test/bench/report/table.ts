import type { Figure } from '../measure/figures.ts';
import { summarize } from '../measure/summary.ts';
import { ratioOf } from './ratio.ts';

const HEAD = ['', 'figure', 'least', 'most', 'unit', 'limit', 'ratio', 'goal'];
const SIGNIFICANT_DIGITS = 3;

/** The figures as a person reads them: the middle of all repetitions, their spread, limit and goal. */
export function figureTable(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => {
    const { median, min, max } = summarize(figure.values);
    const limit = figure.limit && summarize(figure.limit.values);
    return [
      figure.name,
      short(median),
      short(min),
      short(max),
      figure.unit,
      limit ? short(limit.median) : '',
      limit ? short(ratioOf(figure) ?? NaN) : '',
      goalOf(figure, median),
    ];
  });
  return aligned([HEAD, ...rows]);
}

/** What each limit is, once. */
export function limitNotes(figures: readonly Figure[]): string {
  const notes = figures.flatMap(({ name, limit }) => (limit ? [`  ${name}: ${limit.what}`] : []));
  return notes.length === 0 ? '' : ['Limits, measured in the same run:', ...notes].join('\n');
}

/** Lines up columns: the first and the units to the left, numbers to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  }
  return rows
    .map((row) =>
      row
        .map((cell, i) => {
          const isText =
            i === 0 || rows.some((other) => /^[a-z]+\/s$|^ms$|^MiB/i.test(other[i] ?? ''));
          return isText ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(SIGNIFICANT_DIGITS)));
}

function goalOf({ goal, better }: Figure, median: number): string {
  if (goal === undefined) return '';
  const reached = better === 'more' ? median >= goal : median <= goal;
  return `${better === 'more' ? '≥' : '≤'} ${short(goal)}${reached ? '' : ' missed'}`;
}
