import type { Scenario } from './scenario.ts';

const SLOW_MS = 500;
/** Until collection has dropped what nobody refers to. */
const COLLECTED_MS = 30_000;

/** The chunks are checked against what readers see, where the upload is still open. */
export const uploadCollected: Scenario = {
  name: 'upload-collected',
  what: 'An upload is given up and committed at once, by two connections of its user.',
  play: async (stage) => {
    const { disk } = stage.cluster.frontend;
    const [client, other] = [await stage.connect(), await stage.connect()];
    const upload = await stage.openUpload(client, '/shared/upload');
    await upload.put();
    await upload.note();
    disk.slowestMs = SLOW_MS;
    let givenUp = false;
    stage.at('commit.placed', () => (givenUp = true));
    const aborting = other.files.abortUpload({ upload: upload.id });
    await stage.until(() => givenUp, 'the upload is given up');
    await stage.attempt(() => upload.commit().then(() => 'committed'));
    await aborting;
    await stage.pass(COLLECTED_MS);
    await stage.readAll(client);
  },
};
