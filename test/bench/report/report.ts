import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Figure } from '../measure/figures.ts';
import { summarize } from '../measure/summary.ts';
import type { Sizes } from '../sizes.ts';
import type { Environment } from './environment.ts';
import { ratioOf } from './ratio.ts';

const FORMAT = 1;

/** What one run of the bench found, as it stands in the JSON. */
export interface Report {
  readonly format: typeof FORMAT;
  readonly made: string;
  readonly environment: Environment;
  readonly tiny: boolean;
  readonly repeat: number;
  readonly sizes: Sizes;
  readonly figures: readonly Figure[];
}

export async function writeReport(file: string, report: Omit<Report, 'format'>): Promise<void> {
  const figures = report.figures.map((figure) => ({
    ...figure,
    ...summarize(figure.values),
    ...(figure.limit && { limit: { ...figure.limit, ...summarize(figure.limit.values) } }),
    ratio: ratioOf(figure),
  }));
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ format: FORMAT, ...report, figures }, null, 2)}\n`);
}

/** Reads what an earlier run wrote; rejects if it is something else. */
export async function readReport(file: string): Promise<Report> {
  const report = JSON.parse(await readFile(file, 'utf8')) as Report;
  if (report.format !== FORMAT || !Array.isArray(report.figures)) {
    throw new Error(`${file} is not a report of this bench (format ${FORMAT}).`);
  }
  return report;
}
