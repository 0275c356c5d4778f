import { sourceOfBytes } from '@holdfast/sdk';
import type { Scenario } from './scenario.ts';

const FILE_BYTES = 1_000;
const OTHERS = 2;
const CALM_MS = 1_000;

/** What the directory keeps is where its journal is: at the end of a commit, not at its beginning. */
export const inlineNamesWhoHasIt: Scenario = {
  name: 'inline-names-who-has-it',
  what: 'A server loses its power between the first journal that has a small file and its own.',
  play: async (stage) => {
    const [, , third] = stage.servers;
    const client = await stage.connect();
    const path = '/shared/small';
    let crashed: Promise<void> | undefined;
    stage.at('commit.journaled', () => {
      crashed = third.crash('power');
    });
    const written = await client.putFile(sourceOfBytes(stage.newBytes(FILE_BYTES)), { path });
    stage.mustHappen(crashed !== undefined, 'the server lost its power during the commit');
    await crashed;
    stage.expect(
      !written.holders.includes(third.name) && written.missing.includes(third.name),
      `${path} was acknowledged as being on ${third.name}, which lacks it (§P1)`,
    );
    const { entry } = await client.files.stat({ path });
    for (const { confirmed } of [written.entry.copies, entry.copies]) {
      stage.expect(
        confirmed === OTHERS,
        `${path} is on ${OTHERS} servers, and is said to be on ${confirmed} (§P1)`,
      );
    }
    await third.start();
    await stage.untilWhole();
    const expectAll = async (when: string): Promise<void> => {
      const { confirmed } = (await client.files.stat({ path })).entry.copies;
      const all = confirmed === stage.servers.length;
      stage.expect(all, `${path} is said to have ${confirmed} copies ${when}`);
    };
    await expectAll('although all servers are back (§P6)');
    await third.crash('kill');
    await stage.until(() => !stage.isLive(third), 'the server is gone');
    await stage.pass(CALM_MS);
    await expectAll('although the server that is away has all that there was');
  },
};
