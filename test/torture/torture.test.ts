import { beforeAll, expect, test } from 'vitest';
import { bundleWithPoints } from '../support/bundle-programs.ts';
import { Seeded } from '../support/seeded.ts';
import { torture } from './torture.ts';

const KILLS = 300;
/** On a slow machine fewer kills will do, but each point must be reached. */
const ENOUGH_MS = 600_000;

beforeAll(bundleWithPoints);

test('nothing is lost, brought back, changed twice or wrong, whoever is killed at which point', async () => {
  const { seed } = Seeded.fromEnvironment();
  console.log(`Repeat these kills with HOLDFAST_TEST_SEED=${seed}`);
  const begun = performance.now();
  const report = await torture({
    seed,
    isOver: ({ kills }) => kills >= KILLS || performance.now() - begun > ENOUGH_MS,
    extraTurns: true,
    say: (line) => console.log(line),
  });
  console.log(
    `${report.kills} kills at ${report.reached.size} points, ${report.answers} operations`,
  );
  const unreached = [...report.reached].filter(([, strikes]) => strikes === 0);
  expect(unreached).toEqual([]);
}, 1_200_000);
