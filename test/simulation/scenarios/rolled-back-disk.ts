import type { Scenario } from './scenario.ts';

const FILE_BYTES = 20_000;

/** Only the commit itself can tell that the store once was further: nobody else is left who knows. */
export const rolledBackDisk: Scenario = {
  name: 'rolled-back-disk',
  what: 'A server gets an older copy of its disk just after it acknowledged a file, while the frontend restarts.',
  play: async (stage) => {
    const { frontend } = stage.cluster;
    const [, , third] = stage.servers;
    const client = await stage.connect();
    await stage.write(client, '/shared/old', stage.newBytes(FILE_BYTES));
    await stage.untilWhole();
    const copy = await third.copyDisk();
    await stage.write(client, '/shared/new', stage.newBytes(FILE_BYTES));
    await frontend.crash('kill');
    await third.crash('power');
    await copy.restore();
    await Promise.all([frontend.start(), third.start()]);
    await stage.untilLive(third);
    await stage.checkWhatIsSaid();
    await stage.untilWhole();
    await stage.readAll(client);
  },
};
