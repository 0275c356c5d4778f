import type { Scenario } from './scenario.ts';

const SLOW_MS = 500;
/** Until the view goes on without a server. */
const DROPPED_MS = 3_000;

/** That the server forgot has its place and is not visible yet: only the commit itself can know. */
export const uploadForgotten: Scenario = {
  name: 'upload-forgotten',
  what: 'An upload is committed in the moment in which a server that has its chunk returns with a new disk.',
  play: async (stage) => {
    const { disk } = stage.cluster.frontend;
    const [, , third] = stage.servers;
    const client = await stage.connect();
    const upload = await stage.openUpload(client, '/shared/upload');
    await upload.put();
    await upload.note();
    await third.replaceDisk();
    await stage.pass(DROPPED_MS);
    const usualMs = disk.slowestMs;
    disk.slowestMs = SLOW_MS;
    let isDoubted = false;
    stage.at('commit.placed', () => (isDoubted = true));
    await third.start();
    await stage.until(() => isDoubted, 'what the server has forgotten is noted');
    await upload.commit();
    disk.slowestMs = usualMs;
    await stage.untilWhole();
    await stage.readAll(client);
  },
};
