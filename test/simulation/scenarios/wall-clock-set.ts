import type { Scenario } from './scenario.ts';

const FILE_BYTES = 20_000;
const DAY_MS = 86_400_000;
/** In which what has expired is removed. */
const REAPED_MS = 15_000;

export const wallClockSet: Scenario = {
  name: 'wall-clock-set',
  what: "Somebody sets the frontend's clock by a day while something is in the trash.",
  play: async (stage) => {
    const client = await stage.connect();
    const path = '/shared/deleted';
    await stage.write(client, path, stage.newBytes(FILE_BYTES));
    const { trashId } = await client.files.remove({ path, recursive: false });
    stage.cluster.frontend.time.jumpWall(DAY_MS);
    await stage.pass(REAPED_MS);
    const back = await stage.attempt(() =>
      client.files.undelete({ id: trashId }).then(() => 'yes'),
    );
    stage.expect(back === 'yes', `${path} could be had back for longer: ${back}`);
    await stage.readAll(client);
  },
};
