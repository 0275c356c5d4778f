import { chunkHash } from '@holdfast/contracts';
import { SIMULATION_LIMITS } from '../cluster/simulation-limits.ts';
import { hashText } from '../workload/content.ts';
import type { Scenario } from './scenario.ts';

const FILE_BYTES = 20_000;
/** Until what was removed for good is deleted, and what nobody refers to is looked for. */
const COLLECTED_MS = SIMULATION_LIMITS.trashMs + 20_000;

/**
 * What the server that is left out deleted meanwhile is wanted again, and what it got is not. It may
 * not be counted on for the one, and must keep the other until a person has looked.
 */
export const rebuildGivesUp: Scenario = {
  name: 'rebuild-gives-up',
  what: 'The directory is rebuilt without the only server that has the newest changes, and that one returns.',
  play: async (stage) => {
    const { frontend } = stage.cluster;
    const [first, second, third] = stage.servers;
    const client = await stage.connect();
    await stage.write(client, '/shared/old', stage.newBytes(FILE_BYTES));
    await stage.untilWhole();
    for (const server of [first, second]) await server.crash('kill');
    await client.files.remove({ path: '/shared/old', recursive: false });
    await client.files.emptyTrash({});
    const bytes = stage.newBytes(FILE_BYTES);
    const { entry } = await stage.write(client, '/shared/given-up', bytes);
    stage.written.delete('/shared/given-up');
    await stage.pass(COLLECTED_MS);
    await third.crash('power');
    await frontend.replaceDisk();
    frontend.rebuildAtStart({ acceptLoss: true });
    await Promise.all([frontend, first, second].map((machine) => machine.start()));
    const later = await stage.connect();
    await stage.write(later, '/shared/after', stage.newBytes(FILE_BYTES));
    await third.start();
    await stage.untilLive(third);
    await stage.checkWhatIsSaid();
    await stage.pass(COLLECTED_MS);
    await stage.checkWhatIsSaid();
    const found = await stage.attempt(() =>
      later.files.stat({ path: '/shared/given-up' }).then(() => 'yes'),
    );
    stage.expect(found === 'not-found', `What was given up is there again: ${found} (§P11)`);
    const chunk = { file: entry.id, hash: chunkHash.parse(hashText([bytes])) };
    const isKept = third.store?.has(chunk) !== undefined;
    stage.expect(isKept, 'What was given up is deleted before anybody has looked (§P11)');
    for (const server of [first, second]) await server.crash('kill');
    await stage.readAll(later);
  },
};
