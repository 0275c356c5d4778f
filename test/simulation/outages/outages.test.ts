import { describe, expect, test } from 'vitest';
import { COMBINATIONS, type Condition } from './conditions.ts';
import { readMatrix } from './matrix-page.ts';
import { type Outage, simulateOutage } from './outage.ts';

const matrix = readMatrix();
const named = (servers: readonly Condition[]): string => servers.join(', ');
const rows = matrix.map((row) => ({ ...row, name: named(row.servers) }));

/** Beside another frontend: every so many rows, in turn; all of them where the environment asks. */
const STEP = process.env['HOLDFAST_ALL_OUTAGES'] === '1' ? 1 : 4;

const some = (from: number): typeof rows => rows.filter((_, i) => i % STEP === from % STEP);

test('the matrix has a row for each combination', () => {
  expect(rows.map(({ name }) => name)).toEqual(COMBINATIONS.map(named));
});

test('each row of the matrix is true', async () => {
  for (const { servers, said, name } of rows) {
    expect({ name, ...(await simulateOutage(servers)) }).toEqual({ name, ...said });
  }
});

describe('with another frontend than a well one', () => {
  test.for(['dead', 'stopped'] as const)(
    'that is %s everybody waits, and all heals as with a well one',
    async (frontend) => {
      for (const { servers, said, name } of some(frontend.length)) {
        const found = await simulateOutage(servers, frontend);
        expect({ name, ...found }).toEqual({ name, ...said, reads: 'waits', writes: 'waits' });
      }
    },
  );

  test('that has a full disk all is as with a well one, as long as its journal has room', async () => {
    for (const { servers, said, name } of some(2)) {
      expect({ name, ...(await simulateOutage(servers, 'full')) }).toEqual({ name, ...said });
    }
  });

  test('that is set back it takes over what the servers have, and waits for all of them', async () => {
    for (const { servers, said, name } of some(3)) {
      const found = await simulateOutage(servers, 'rolled back');
      expect({ name, ...found }).toEqual({ name, ...afterSetBack(servers, said) });
    }
  });
});

function afterSetBack(servers: readonly Condition[], said: Outage): object {
  const heard = servers.filter((condition) => !['dead', 'stopped'].includes(condition));
  if (heard.length === 0) return { ...said, reads: 'waits', writes: 'waits' };
  const someKnowBetter = heard.some((condition) => ['well', 'full'].includes(condition));
  // All that was heard is as old as the frontend: nothing tells that there was more.
  const served = { ...said, writes: atOnce(said.writes) };
  const lost = { ...served, reads: 'not-found', heals: expect.stringMatching(/^no/) };
  if (!someKnowBetter) return lost;
  return heard.length === servers.length ? served : { ...said, reads: 'waits', writes: 'waits' };
}

/** Some servers may still be catching up. */
function atOnce(writes: string): unknown {
  return Number(writes) > 0 ? expect.stringMatching(/^[1-3]$/) : writes;
}
