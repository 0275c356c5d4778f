import { parseArgs } from 'node:util';
import { Seeded } from '../support/seeded.ts';
import { carryOut, orderOfThisProcess } from './attackers.ts';
import { describeResult, faultsOf } from './judge.ts';
import { runFuzz } from './run-fuzz.ts';

const USAGE = `Usage: npm run fuzz -- [--minutes N] [--seed S]

Attacks a cluster of its own with misbehaving connections for N minutes (1).
`;

const order = orderOfThisProcess();
if (order) await carryOut(order);
else process.exitCode = await main();

/** Returns the exit code: 1 if a promise was broken, 2 for a wrong command line. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { minutes: { type: 'string' }, seed: { type: 'string' } },
  });
  const minutes = Number(values.minutes ?? 1);
  const seed = Number(values.seed ?? Seeded.fromEnvironment().seed);
  if (!(minutes > 0) || !Number.isInteger(seed)) {
    process.stderr.write(USAGE);
    return 2;
  }
  process.stdout.write(`Repeat this run with --seed ${seed}.\n`);
  const result = await runFuzz({ seed, durationMs: minutes * 60_000 });
  const faults = faultsOf(result);
  process.stdout.write(describeResult(result));
  for (const fault of faults) process.stdout.write(`BROKEN: ${fault}.\n`);
  return faults.length > 0 ? 1 : 0;
}
