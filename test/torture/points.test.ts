import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { POINTS } from '@holdfast/kernel';
import { beforeAll, expect, test } from 'vitest';
import { bundleWithPoints } from '../support/bundle-programs.ts';
import { TARGETS } from './targets.ts';

const DIST = fileURLToPath(new URL('../../dist', import.meta.url));

beforeAll(bundleWithPoints);

test.for(['holdfast', 'frontend', 'file-server'])(
  'the %s that users get has no points in it',
  async (program) => {
    const text = await programText(program);
    expect(POINTS.filter((point) => text.includes(`"${point}"`))).toEqual([]);
    expect(text).not.toContain('watchKillPoints');
    expect(text).not.toMatch(/(?<![#.\w])reached\(/);
  },
);

test('the bundle for tests has every point', async () => {
  const text = `${await programText('points/frontend')}${await programText('points/file-server')}`;
  const called = new Set([...text.matchAll(/\breached\("([^"]+)"/g)].map(([, point]) => point));
  expect([...called].sort()).toEqual([...POINTS].sort());
});

test('the torture has a target at every point', () => {
  const aimedAt = new Set(TARGETS.map(({ point }) => point));
  expect(POINTS.filter((point) => !aimedAt.has(point))).toEqual([]);
});

async function programText(program: string): Promise<string> {
  return await readFile(join(DIST, `${program}.mjs`), 'utf8');
}
