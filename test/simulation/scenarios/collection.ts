import type { HoldfastClient } from '@holdfast/sdk';
import type { SimulatedServer } from '../cluster/simulated-server.ts';
import { SIMULATION_LIMITS } from '../cluster/simulation-limits.ts';
import type { Scenario } from './scenario.ts';
import type { Stage } from './stage.ts';

const FILE_BYTES = 20_000;
/** Until what was overwritten has expired and was collected wherever it could be. */
const COLLECTED_MS = SIMULATION_LIMITS.trashMs + 20_000;
/** A write to a server that makes no progress gives up on it before that. */
const GIVEN_UP_MS = 8_000;
/** So many that the positions of a new disk are lower for long. */
const VERSIONS = 12;

/** Brings a chunk to where only `server`, which then returns, has it, and nobody wants it any more. */
async function leaveGarbage(
  stage: Stage,
  client: HoldfastClient,
  server: SimulatedServer,
): Promise<Uint8Array> {
  const bytes = stage.newBytes(FILE_BYTES);
  await stage.write(client, '/shared/file', bytes);
  await server.crash('kill');
  await stage.write(client, '/shared/file', stage.newBytes(FILE_BYTES));
  await stage.pass(COLLECTED_MS);
  await server.start();
  return bytes;
}

/** The deletion is decided before the put, and carried out after it. */
export const collectionMeetsPut: Scenario = {
  name: 'collection-meets-put',
  what: 'A chunk is put where it is there already, between the decision to delete it and the deletion.',
  play: async (stage) => {
    const [, , third] = stage.servers;
    const client = await stage.connect();
    const bytes = await leaveGarbage(stage, client, third);
    const deletions = stage.delayDeletions(third);
    await stage.until(() => deletions.begun() > 0 && stage.isLive(third), 'collection has begun');
    const { holders } = await stage.write(client, '/shared/file', bytes);
    stage.mustHappen(holders.includes(third.name), 'the put reached the server');
    deletions.release();
    await stage.pass(1_000);
    await stage.checkWhatIsSaid();
    await stage.untilWhole();
    await stage.readAll(client);
  },
};

/** The server stands still when the order to delete reaches it; then the chunk is wanted again. */
export const deletionOvertaken: Scenario = {
  name: 'deletion-overtaken',
  what: 'A deletion is carried out on a server that was given up, after others have got the chunk anew.',
  play: async (stage) => {
    const [, , third] = stage.servers;
    const client = await stage.connect();
    const bytes = await leaveGarbage(stage, client, third);
    const deletions = stage.delayDeletions(third);
    await stage.until(() => deletions.begun() > 0, 'collection has begun');
    third.stop();
    await stage.pass(GIVEN_UP_MS);
    stage.mustHappen(!stage.isLive(third), 'the server was given up');
    await stage.write(client, '/shared/file', bytes);
    deletions.release();
    await third.resume('messages');
    await stage.untilLive(third);
    await stage.checkWhatIsSaid();
    await stage.untilWhole();
    await stage.readAll(client);
  },
};

/** On the new disk positions count anew: those of when the upload was opened say nothing of it. */
export const uploadOnNewDisk: Scenario = {
  name: 'upload-on-new-disk',
  what: 'A server gets a new disk while an upload is open, takes a chunk of it, and is looked through.',
  play: async (stage) => {
    const [, , third] = stage.servers;
    const client = await stage.connect();
    for (let i = 0; i < VERSIONS; i++) {
      await stage.write(client, '/shared/file', stage.newBytes(FILE_BYTES));
    }
    await stage.pass(COLLECTED_MS);
    const upload = await stage.openUpload(client, '/shared/upload');
    await third.replaceDisk();
    await third.start();
    await stage.untilWhole();
    await upload.put();
    await third.crash('kill');
    await third.start();
    let lookedThrough = false;
    stage.at('collection.decided', () => (lookedThrough = true));
    await stage.until(() => lookedThrough, 'the server is looked through');
    await stage.pass(1_000);
    await upload.commit();
    await stage.checkWhatIsSaid();
    await stage.untilWhole();
    await stage.readAll(client);
  },
};
