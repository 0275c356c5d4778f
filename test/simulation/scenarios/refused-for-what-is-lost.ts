import type { Scenario } from './scenario.ts';

const SLOW_MS = 5_000;
/** Long enough for an answer, and much too short for the frontend's disk. */
const ANSWER_MS = 50;

/** Who is refused something learns of a change, as who reads it does. */
export const refusedForWhatIsLost: Scenario = {
  name: 'refused-for-what-is-lost',
  what: 'A folder is made twice, and the power goes before the first of both is on any disk.',
  play: async (stage) => {
    const { frontend } = stage.cluster;
    const path = '/shared/folder';
    const first = stage.cluster.newClient();
    const making = await first.connect();
    const other = await stage.connect();
    const usualMs = frontend.disk.slowestMs;
    frontend.disk.slowestMs = SLOW_MS;
    let isPlaced = false;
    stage.at('commit.placed', () => (isPlaced = true));
    making.files.makeFolder({ path, parents: false }).catch(() => {});
    await stage.until(() => isPlaced, 'the first change has its place');
    const refused = stage.attempt(() =>
      other.files.makeFolder({ path, parents: false }).then(() => 'yes'),
    );
    await stage.pass(ANSWER_MS);
    // It would do it again.
    first.process.kill();
    await frontend.crash('power');
    frontend.disk.slowestMs = usualMs;
    await frontend.start();
    const told = await refused;
    const found = await stage.attempt(() => other.files.stat({ path }).then(() => 'yes'));
    stage.expect(found === 'yes', `${path} was told to be there (${told}), and is: ${found} (§P3)`);
  },
};
