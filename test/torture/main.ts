import { parseArgs } from 'node:util';
import bundlePrograms, { bundleWithPoints } from '../support/bundle-programs.ts';
import { Seeded } from '../support/seeded.ts';
import { torture, type TortureReport } from './torture.ts';

const MS_PER_MINUTE = 60_000;

/** `npm run torture -- --minutes 30`: kills for so long; fails with the first thing that is wrong. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string' },
      only: { type: 'string' },
      verbose: { type: 'boolean', default: false },
    },
  });
  const seed = values.seed === undefined ? Seeded.fromEnvironment().seed : Number(values.seed);
  console.log(`Repeat these kills with: npm run torture -- --seed ${seed}`);
  bundlePrograms();
  bundleWithPoints();
  const startedMs = performance.now();
  const endMs = startedMs + Number(values.minutes) * MS_PER_MINUTE;
  const report = await torture({
    seed,
    only: values.only,
    isOver: () => performance.now() > endMs,
    ...(values.verbose ? { say: (line) => console.log(line) } : {}),
  });
  print(report, (performance.now() - startedMs) / MS_PER_MINUTE);
}

function print(report: TortureReport, minutes: number): void {
  for (const [target, strikes] of report.reached) {
    console.log(`${String(strikes).padStart(6)}  ${target}`);
  }
  const reached = [...report.reached.values()].filter(Boolean).length;
  console.log(
    `${report.kills} kills in ${report.strikes} strikes at ${reached} of ${report.reached.size} points, ` +
      `${report.victims.size} sets of victims, ${report.answers} operations, ` +
      `${report.checks} checks in ${minutes.toFixed(1)} minutes. Nothing was wrong.`,
  );
}

await main();
