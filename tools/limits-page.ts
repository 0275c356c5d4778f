import { readAllFillings, type Filling } from './read-fillings.ts';
import { readAllLimits, type Limit, type LimitTable } from './read-limits.ts';

export const LIMITS_PAGE = 'docs/limits.md';

const INTRODUCTION = `# Limits

Every queue, frame, cache, retry and wait has a named limit (§P10). This page is written by
\`npm run limits\` from the \`limits.ts\` of each library and program; a test fails when it is stale.

The last column names a test that fills the limit and sees what happens then. *tuning* says how fast,
how often or for how long something goes on: there is nothing to fill.
`;

/** The text of the page about all limits of a clone. */
export function limitsPage(root: string): string {
  return writePage(readAllLimits(root), readAllFillings(root));
}

function writePage(tables: readonly LimitTable[], fillings: readonly Filling[]): string {
  const parts = [INTRODUCTION, summary(tables, fillings)];
  let section = '';
  for (const table of tables) {
    const [kind, owner = ''] = table.file.split('/');
    const heading = kind === 'apps' ? `${owner} (program)` : owner;
    if (heading !== section) parts.push(`## ${heading}`);
    section = heading;
    parts.push(`\`${table.name}\` in [${table.file}](../${table.file}):`);
    parts.push(tableOf(table.limits, fillings));
  }
  return `${parts.join('\n\n')}\n`;
}

function summary(tables: readonly LimitTable[], fillings: readonly Filling[]): string {
  const limits = tables.flatMap((table) => table.limits);
  const bounds = limits.filter(({ tuning }) => !tuning);
  const filled = bounds.filter(({ name }) => fillings.some(({ limit }) => limit === name));
  return (
    `Of ${bounds.length} bounds, ${filled.length} are filled by a test; ` +
    `${limits.length - bounds.length} more entries are tuning.`
  );
}

function tableOf(limits: readonly Limit[], fillings: readonly Filling[]): string {
  const rows = limits.map((limit) => {
    const key = limit.name.slice(limit.name.indexOf('.') + 1);
    const cells = [`\`${key}\``, valueOf(limit), limit.reason, filledBy(limit, fillings)];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| limit | value | what it bounds | filled by |', '|---|---|---|---|', ...rows].join(
    '\n',
  );
}

function filledBy(limit: Limit, fillings: readonly Filling[]): string {
  const tests = fillings.filter((filling) => filling.limit === limit.name);
  if (tests.length === 0) return limit.tuning ? '*tuning*' : 'not filled by a test yet';
  return tests.map(({ file, test = '' }) => `[${test}](../${file})`).join('; ');
}

/** A value as a person reads it, by the unit that its name ends in. */
function valueOf({ name, value }: Limit): string {
  if (name.endsWith('PerSecond')) return `${inUnits(value, BYTE_UNITS)} a second`;
  if (name.endsWith('Bytes')) return inUnits(value, BYTE_UNITS);
  if (name.endsWith('Ms')) return inUnits(value, TIME_UNITS);
  if (/(Share|Fraction|Forgiven)$/.test(name)) return `${value * 100} %`;
  return value.toLocaleString('en');
}

const BYTE_UNITS = [
  [1_073_741_824, 'GiB'],
  [1_048_576, 'MiB'],
  [1_024, 'KiB'],
  [1, 'bytes'],
] as const;

const TIME_UNITS = [
  [86_400_000, 'days'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
  [1, 'ms'],
] as const;

/** In the largest unit that gives at most two decimals. */
function inUnits(value: number, units: readonly (readonly [number, string])[]): string {
  const [factor, unit] = units.find(
    ([each]) => value >= each && Number.isInteger((value / each) * 100),
  ) ?? [1, units.at(-1)?.[1] ?? ''];
  return `${(value / factor).toLocaleString('en')} ${unit}`;
}
