import type { Scenario } from './scenario.ts';

const FILE_BYTES = 20_000;

export const goneIsGone: Scenario = {
  name: 'gone-is-gone',
  what: 'A file is deleted while a server is away; then that server and the frontend return.',
  play: async (stage) => {
    const { frontend } = stage.cluster;
    const [, , third] = stage.servers;
    const client = await stage.connect();
    await stage.write(client, '/shared/kept', stage.newBytes(FILE_BYTES));
    await stage.write(client, '/shared/deleted', stage.newBytes(FILE_BYTES));
    await third.crash('kill');
    stage.written.delete('/shared/deleted');
    await client.files.remove({ path: '/shared/deleted', recursive: false });
    await frontend.crash('power');
    await frontend.start();
    await third.start();
    await stage.untilLive(third);
    const names: string[] = [];
    for await (const { name } of client.list('/shared')) names.push(name);
    stage.expect(!names.includes('deleted'), 'What was deleted is back (§P5)');
    await stage.untilWhole();
    await stage.readAll(client);
  },
};
