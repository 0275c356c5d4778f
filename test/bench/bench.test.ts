import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand, type CommandResult } from '../support/run-command.ts';
import type { Figure } from './measure/figures.ts';
import type { Report } from './report/report.ts';

const BENCH = fileURLToPath(new URL('../../dist/bench.mjs', import.meta.url));

/** Many rows, each with a cluster of its own. */
const BENCH_MS = 300_000;

let folder: string;
let json: string;
let first: CommandResult;
let report: Report;

const bench = (...args: string[]): Promise<CommandResult> =>
  runCommand(process.execPath, [BENCH, '--tiny', '--folder', folder, ...args], {
    timeoutMs: BENCH_MS,
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  json = join(folder, 'bench.json');
  first = await bench('--json', json);
  report = JSON.parse(await readFile(json, 'utf8')) as Report;
}, BENCH_MS + 10_000);
afterAll(() => rm(folder, { recursive: true }));

test('the bench measures every row at a tiny size, whatever the figures', () => {
  expect(first).toMatchObject({
    code: 0,
    stderr: 'growth: 10 files are written\ngrowth: 20 files are written\n',
  });
  const rows = new Set(report.figures.map(({ row }) => row));
  expect([...rows]).toEqual([
    'put-large',
    'get-large',
    'put-small',
    'get-small',
    'mid',
    'stat',
    'change',
    'list',
    'tree',
    'beside',
    'clients',
    'servers',
    'growth',
    'rmi',
    'start',
    'repair',
    'memory',
  ]);
  for (const { name, values } of report.figures) {
    expect(values.length, name).toBeGreaterThan(0);
    expect(values.every(Number.isFinite), name).toBe(true);
  }
});

test('every rate that is no point of a curve stands beside its limit of the same run', () => {
  const rates = report.figures.filter(({ row, unit }) => row !== 'servers' && unit.endsWith('/s'));
  const withoutLimit = rates.filter(
    ({ limit }: Figure) => !limit?.values.every((value) => value > 0),
  );
  expect(withoutLimit).toEqual([]);
});

test('a run can be compared with an earlier one', async () => {
  const { code, stdout } = await bench('--only', 'stat', '--compare', json, '--json', `${json}.2`);
  expect(code).toBe(0);
  expect(stdout).toMatch(/then +now/);
});

test('an unknown row is a usage error', async () => {
  const { code, stderr } = await bench('--only', 'nothing');
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('"nothing"') });
});
