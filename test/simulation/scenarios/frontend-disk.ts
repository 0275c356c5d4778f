import { firstChange, imagesOf } from './file-images.ts';
import type { Scenario } from './scenario.ts';

const FILE_BYTES = 20_000;
const JOURNAL = 'journal';
/** A frontend that could serve does so within this time. */
const START_MS = 20_000;
/** Shorter than what makes a frontend give up all of its servers. */
const CUT_OFF_MS = 4_000;
const INTO_RECORD = 100;

/** Only the frontend's journal and a dead server have the newest changes. */
export const journalDamaged: Scenario = {
  name: 'journal-damaged',
  what: "A record in the middle of the frontend's journal is damaged, and who else has it is away.",
  play: async (stage) => {
    const { frontend } = stage.cluster;
    const [first, second, third] = stage.servers;
    const client = await stage.connect();
    await stage.write(client, '/shared/old', stage.newBytes(FILE_BYTES));
    await stage.untilWhole();
    for (const server of [first, second]) await server.crash('kill');
    const before = await imagesOf(frontend, JOURNAL);
    for (const name of ['a', 'b', 'c']) {
      await stage.write(client, `/shared/${name}`, stage.newBytes(FILE_BYTES));
    }
    await third.crash('kill');
    await frontend.crash('power');
    const { path, offset } = await firstChange(frontend, JOURNAL, before);
    frontend.disk.corrupt(path, offset + INTO_RECORD);
    frontend.rotten = true;
    for (const machine of [frontend, first, second]) await machine.start();
    await stage.pass(START_MS);
    for (const path of stage.written.keys()) {
      const found = await stage.attempt(() => client.files.stat({ path }).then(() => 'yes'));
      stage.expect(found !== 'not-found', `${path}, which was acknowledged: ${found} (§P1, §P3)`);
    }
  },
};

/** What a failed sync was to bring to the disk may be readable until the power goes. */
export const journalSyncFails: Scenario = {
  name: 'journal-sync-fails',
  what: 'An fsync of the journal fails once at the frontend and at the only server that is left; then the power goes.',
  play: async (stage) => {
    const { frontend } = stage.cluster;
    const [first, second, third] = stage.servers;
    const client = await stage.connect();
    for (const server of [first, second]) await server.crash('kill');
    await stage.pass(CUT_OFF_MS);
    const failed = new Set<string>();
    for (const { name, disk } of [frontend, third]) {
      disk.fault = ({ kind, path }) => {
        if (kind !== 'sync' || !path.startsWith(JOURNAL) || failed.has(name)) return undefined;
        failed.add(name);
        return 'io';
      };
    }
    const path = '/shared/folder';
    const told = await stage.attempt(() =>
      client.files.makeFolder({ path, parents: false }).then(() => 'yes'),
    );
    stage.mustHappen(failed.size > 0, 'a sync failed');
    for (const machine of [frontend, third]) {
      machine.disk.fault = undefined;
      await machine.crash('power');
    }
    for (const machine of [frontend, ...stage.servers]) await machine.start();
    await stage.pass(START_MS);
    const found = await stage.attempt(() => client.files.stat({ path }).then(() => 'yes'));
    stage.expect(
      told !== 'yes' || found === 'yes',
      `${path}, which was acknowledged: ${found} (§P1)`,
    );
  },
};

/** The frontend's own journal is not enough for an acknowledgement: its disk may be set back. */
export const setBackFrontend: Scenario = {
  name: 'set-back-frontend',
  what: "The frontend's disk is set back just after a change, which was made while no server could be reached.",
  play: async (stage) => {
    const { frontend } = stage.cluster;
    const client = await stage.connect();
    const copy = await frontend.copyDisk();
    await stage.write(client, '/shared/before', stage.newBytes(FILE_BYTES));
    const servers = stage.servers.map(({ address }) => address);
    const made: string[] = [];
    {
      using _closed = stage.network.close(
        (from, to) => servers.includes(from) || servers.includes(to),
      );
      void stage
        .attempt(() =>
          client.files.makeFolder({ path: '/shared/folder', parents: false }).then(() => 'yes'),
        )
        .then((told) => made.push(told));
      await stage.pass(CUT_OFF_MS);
      stage.network.cut((from, to) => from === frontend.address || to === frontend.address);
      await frontend.crash('power');
      await copy.restore();
    }
    await frontend.start();
    await stage.untilWhole();
    const asked = await stage.attempt(() =>
      client.files.stat({ path: '/shared/folder' }).then(() => 'yes'),
    );
    const lost = made.includes('yes') && asked !== 'yes';
    stage.expect(!lost, `/shared/folder, which was acknowledged: ${asked} (§P1)`);
    await stage.readAll(client);
  },
};
