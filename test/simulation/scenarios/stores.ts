import { firstChange, imagesOf } from './file-images.ts';
import type { Scenario } from './scenario.ts';

const FILE_BYTES = 20_000;
const SEGMENTS = 'chunks/segments';
/** From the first byte of a frame into the bytes of its chunk. */
const INTO_CONTENT = 5_000;
/** Until a server without progress is left out of a write. */
const CUT_OFF_MS = 10_000;

export const tornTail: Scenario = {
  name: 'torn-tail',
  what: "The last record of a store's log, which was acknowledged, is torn when the server starts.",
  play: async (stage) => {
    const [, , third] = stage.servers;
    const client = await stage.connect();
    await stage.write(client, '/shared/old', stage.newBytes(FILE_BYTES));
    await stage.untilWhole();
    const before = await imagesOf(third, SEGMENTS);
    await stage.write(client, '/shared/new', stage.newBytes(FILE_BYTES));
    await third.crash('power');
    const { path, offset } = await firstChange(third, SEGMENTS, before);
    third.disk.corrupt(path, offset + INTO_CONTENT);
    await third.start();
    await stage.untilLive(third);
    await stage.checkWhatIsSaid();
    await stage.untilWhole();
    await stage.readAll(client);
  },
};

export const recordLost: Scenario = {
  name: 'record-lost',
  what: "A record in the middle of a store's log is damaged while the server is down.",
  play: async (stage) => {
    const [, , third] = stage.servers;
    const client = await stage.connect();
    const before = await imagesOf(third, SEGMENTS);
    await stage.write(client, '/shared/old', stage.newBytes(FILE_BYTES));
    await stage.write(client, '/shared/new', stage.newBytes(FILE_BYTES));
    await third.crash('kill');
    const { path, offset } = await firstChange(third, SEGMENTS, before);
    third.disk.corrupt(path, offset);
    await third.start();
    await stage.untilLive(third);
    await stage.checkWhatIsSaid();
    await stage.untilWhole();
    await stage.readAll(client);
  },
};

export const syncFailsOnce: Scenario = {
  name: 'sync-fails-once',
  what: "An fsync of a store's log fails once while a file is written; then the power goes.",
  play: async (stage) => {
    const [, , third] = stage.servers;
    const client = await stage.connect();
    let failures = 0;
    third.disk.fault = ({ kind, path }) => {
      if (kind !== 'sync' || !path.startsWith(SEGMENTS) || failures > 0) return undefined;
      failures++;
      return 'io';
    };
    const bytes = stage.newBytes(3 * FILE_BYTES);
    const result = await stage.write(client, '/shared/file', bytes);
    stage.mustHappen(failures > 0, 'a sync failed');
    third.disk.fault = undefined;
    await third.crash('power');
    await third.start();
    stage.checkHolders(result, bytes);
    await stage.untilWhole();
    await stage.readAll(client);
  },
};

export const versionOnOneServer: Scenario = {
  name: 'version-on-one-server',
  what: 'A version reaches one server only, which then dies while the others return.',
  play: async (stage) => {
    const [first, second, third] = stage.servers;
    const cutOff = [first.address, second.address];
    const client = await stage.connect();
    await stage.write(client, '/shared/file', stage.newBytes(FILE_BYTES));
    {
      using _closed = stage.network.close(
        (from, to) => cutOff.includes(from) || cutOff.includes(to),
      );
      await stage.write(client, '/shared/file', stage.newBytes(FILE_BYTES));
      await third.crash('kill');
      await stage.pass(CUT_OFF_MS);
    }
    const read = await stage.attempt(() => stage.read(client, '/shared/file').then(() => 'yes'));
    stage.expect(
      ['unavailable', 'waits'].includes(read),
      `A version that is away is ${read} (§P4)`,
    );
    await third.start();
    await stage.untilWhole();
    await third.crash('kill');
    await stage.readAll(client);
  },
};

export const damagedSource: Scenario = {
  name: 'damaged-source',
  what: 'A server with a new disk is to be repaired from one whose copy is damaged.',
  play: async (stage) => {
    const [first, second, third] = stage.servers;
    const client = await stage.connect();
    const before = await imagesOf(first, SEGMENTS);
    await stage.write(client, '/shared/file', stage.newBytes(FILE_BYTES));
    const { path, offset } = await firstChange(first, SEGMENTS, before);
    first.disk.corrupt(path, offset + INTO_CONTENT);
    await second.crash('kill');
    await third.replaceDisk();
    await third.start();
    await stage.untilLive(third);
    await stage.pass(CUT_OFF_MS);
    await stage.checkWhatIsSaid();
    await second.start();
    await stage.untilWhole();
    await stage.readAll(client);
  },
};
