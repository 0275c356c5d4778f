import { utf8 } from '@holdfast/kernel';
import type { Scenario } from './scenario.ts';

const FILE_BYTES = 20_000;
/** In which what is applied later is in the map. */
const APPLIED_MS = 2_000;
/** In which the frontend has gone over its own disk. */
const SCRUBBED_MS = 20_000;

export const mapLosesAName: Scenario = {
  name: 'map-loses-a-name',
  what: "The frontend's map loses the name of a file, as after one flipped bit of a key, and is scrubbed.",
  play: async (stage) => {
    const { frontend } = stage.cluster;
    const client = await stage.connect();
    await stage.write(client, '/shared/lost-name', stage.newBytes(FILE_BYTES));
    await stage.pass(APPLIED_MS);
    const lost = await frontend.loseFromMap(utf8('lost-name'));
    stage.mustHappen(lost > 0, 'the map had the name');
    await client.cluster.scrub({});
    await stage.pass(SCRUBBED_MS);
    // The frontend may have the name in memory; a listing asks the map itself.
    const { entries } = await client.files.list({ path: '/shared', limit: 10 });
    stage.expect(
      entries.some(({ name }) => name === 'lost-name'),
      'a name that the map lost is not listed, after a scrub (§P2)',
    );
    await stage.readAll(client);
  },
};
