import { beforeAll, expect, test } from 'vitest';
import { bundleWithPoints } from '../support/bundle-programs.ts';
import { Seeded } from '../support/seeded.ts';
import { torture } from './torture.ts';

const KILLS = 300;
/** On a slow machine fewer kills will do, but each point must be reached. */
const ENOUGH_MS = 240_000;

beforeAll(bundleWithPoints);

test('nothing is lost, brought back, changed twice or wrong, whoever is killed at which point', async () => {
  const { seed } = Seeded.fromEnvironment();
  console.log(`Repeat these kills with HOLDFAST_TEST_SEED=${seed}`);
  const unreached = (reached: ReadonlyMap<string, number>): readonly string[] =>
    [...reached].filter(([, strikes]) => strikes === 0).map(([name]) => name);
  const begun = performance.now();
  const report = await torture({
    seed,
    isOver: ({ kills, laps, reached }) => {
      const enough = kills >= KILLS || performance.now() - begun > ENOUGH_MS;
      return enough && (laps >= 3 || unreached(reached).length === 0);
    },
    say: (line) => console.log(line),
  });
  console.log(
    `${report.kills} kills at ${report.reached.size} points, ${report.answers} operations`,
  );
  expect(unreached(report.reached)).toEqual([]);
}, 1_200_000);
