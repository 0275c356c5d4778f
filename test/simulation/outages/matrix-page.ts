import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Condition, CONDITIONS } from './conditions.ts';
import type { Outage } from './outage.ts';

const PAGE = fileURLToPath(new URL('../../../docs/OUTAGES.md', import.meta.url));

/** A row of the table of all combinations, as the page has it. */
export interface MatrixRow {
  readonly servers: readonly Condition[];
  readonly said: Outage;
}

/** The rows of the published matrix whose first three columns are conditions of servers. */
export function readMatrix(): readonly MatrixRow[] {
  return readFileSync(PAGE, 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, ...cells]) => cells.length > 3 && cells.slice(0, 3).every(isCondition))
    .map(([, first, second, third, reads = '', writes = '', heals = '']) => ({
      servers: [first, second, third].filter(isCondition),
      said: { reads, writes, heals },
    }));
}

function isCondition(cell: string | undefined): cell is Condition {
  return CONDITIONS.some((condition) => condition === cell);
}
