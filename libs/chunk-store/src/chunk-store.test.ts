import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { blake3Hasher } from '@holdfast/crypto';
import { nodeClock, nodeDisk, nodeRandom } from '@holdfast/host';
import { chunkStoreSuite, seededRandom, simulatedClock, simulatedDisk } from '@holdfast/testkit';
import { openChunkStore } from './open-chunk-store.ts';

const hasher = blake3Hasher;
const SETTINGS = { folder: 'chunks', hasher, segmentBytes: 1_048_576, chunkBytes: 262_144 };

const parent = mkdtempSync('/var/tmp/holdfast-chunks-');
afterAll(() => rmSync(parent, { recursive: true, force: true }));
let made = 0;

for (const direct of [true, false]) {
  chunkStoreSuite(`segments on a real disk${direct ? '' : ', buffered'},`, hasher, async () => {
    const disk = nodeDisk(join(parent, `${made++}`), { direct });
    return {
      open: () => openChunkStore({ ...SETTINGS, disk, random: nodeRandom, clock: nodeClock }),
    };
  });
}

chunkStoreSuite('segments on the simulated disk', hasher, async () => {
  const machine = simulatedDisk();
  const clock = simulatedClock();
  return {
    open: () =>
      openChunkStore({ ...SETTINGS, disk: machine.mount(), random: seededRandom('store'), clock }),
  };
});
