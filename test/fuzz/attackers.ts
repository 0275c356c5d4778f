import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Seeded } from '../support/seeded.ts';
import { ATTACKS } from './attacks/all-attacks.ts';
import { count, type Attack, type Tally, type Target } from './attacks/attack.ts';

/** Attacks that go on at once. */
const LANES = 4;
const FLAG = '--attack';

export interface AttackOrder {
  readonly targets: readonly Target[];
  readonly seed: number;
  readonly durationMs: number;
}

/** What attackers did and what was answered to it, each with how many times. */
export interface AttackReport {
  readonly rounds: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Attacks from a process of its own, so that it takes no time of the one that looks on. */
export async function attack(order: AttackOrder): Promise<AttackReport> {
  const self = fileURLToPath(import.meta.url);
  const child = fork(self, [FLAG, JSON.stringify(order)], { execArgv: [] });
  const ended = once(child, 'exit').then(() => {
    throw new Error('The attackers ended without a report.');
  });
  const [report] = (await Promise.race([once(child, 'message'), ended])) as [AttackReport];
  ended.catch(() => {});
  return report;
}

/** The order that this process was started with, if it was started to attack. */
export function orderOfThisProcess(): AttackOrder | undefined {
  const [, , flag, order] = process.argv;
  return flag === FLAG && order !== undefined ? (JSON.parse(order) as AttackOrder) : undefined;
}

/** Attacks until the time is over, and reports to the process that ordered it. */
export async function carryOut(order: AttackOrder): Promise<void> {
  const rounds: Tally = new Map();
  const outcomes: Tally = new Map();
  const end = performance.now() + order.durationMs;
  const lane = async (random: Seeded): Promise<void> => {
    while (performance.now() < end) {
      const chosen: Attack = random.pick(ATTACKS);
      await chosen.round(random.pick(order.targets), random, outcomes);
      count(rounds, chosen.name);
    }
  };
  const seeded = new Seeded(order.seed);
  await Promise.all(Array.from({ length: LANES }, (_, number) => lane(seeded.branch(number))));
  const report: AttackReport = {
    rounds: Object.fromEntries(rounds),
    outcomes: Object.fromEntries([...outcomes].sort(([a], [b]) => a.localeCompare(b))),
  };
  process.send?.(report);
  process.disconnect();
}
