import { blake3Hasher } from '@holdfast/crypto';
import { type ChunkStore, isHoldfastError } from '@holdfast/contracts';
import { equalBytes, joinParts } from '@holdfast/kernel';
import {
  damagedImages,
  type DiskImage,
  ImageDisk,
  type SampleChunk,
  sampleChunk,
  seededRandom,
  simulatedClock,
} from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { openChunkStore } from './open-chunk-store.ts';

const hasher = blake3Hasher;
/** With HOLDFAST_EVERY_BYTE=1 all of the padding is gone through as well, which takes minutes. */
const PADDING_STEP = process.env['HOLDFAST_EVERY_BYTE'] === '1' ? 1 : 61;
const KEPT = [0, 1, 2].map((i) => sampleChunk(hasher, i, 40 + 90 * i));
const DELETED = sampleChunk(hasher, 4, 60);

function open(disk: ImageDisk): Promise<ChunkStore> {
  return openChunkStore({
    ...{ disk, folder: 'chunks', hasher, clock: simulatedClock() },
    ...{ random: seededRandom('store'), chunkBytes: 8192, segmentBytes: 3 * 4096 },
    ...{ reserveBytes: 0, ballastBytes: 0 },
  });
}

/** A store of a full segment and one that is written to, with every kind of record. */
async function smallStore(): Promise<{ image: DiskImage; position: number }> {
  const disk = new ImageDisk();
  await using store = await open(disk);
  const put = ({ id, content }: SampleChunk): Promise<number> => store.put(id, [content]);
  await Promise.all([...KEPT.slice(0, 2), DELETED].map(put));
  await store.touch((KEPT[0] as SampleChunk).id);
  await Promise.all([store.delete(DELETED.id, store.position), put(KEPT[2] as SampleChunk)]);
  const { position } = store;
  await store[Symbol.asyncDispose]();
  return { image: disk.image(), position };
}

type Fate = 'whole' | 'reported' | 'refused';

/** Opens the damaged store as a server would, and holds what it gives against what was put. */
async function fateOf(image: DiskImage, position: number): Promise<Fate> {
  const disk = new ImageDisk(image);
  const opened = await open(disk).catch((error: unknown) => {
    if (!isHoldfastError(error, 'damaged', 'format-mismatch')) throw error;
    expect(image.has(String(error.details['file']))).toBe(true);
    return undefined;
  });
  if (opened === undefined) return 'refused';
  await using store = opened;
  const lost: SampleChunk[] = [];
  for (const chunk of KEPT) if (!(await isWhole(store, chunk))) lost.push(chunk);
  const admitted = store.generation > 1 || store.position < position;
  const reported = admitted || store.usage.quarantined > 0;
  if (lost.length > 0) expect(reported, 'a chunk was lost in silence').toBe(true);
  if (store.has(DELETED.id)) expect(admitted, 'a deleted chunk is back in silence').toBe(true);
  // It goes on, and what another holder gives heals it.
  for (const { id, content } of lost) await store.put(id, [content]);
  for (const chunk of KEPT) expect(await isWhole(store, chunk)).toBe(true);
  return reported ? 'reported' : 'whole';
}

async function isWhole(store: ChunkStore, { id, content }: SampleChunk): Promise<boolean> {
  try {
    expect(equalBytes(joinParts(await store.get(id)), content), 'a wrong byte').toBe(true);
    return true;
  } catch (error) {
    if (isHoldfastError(error, 'damaged', 'not-found')) return false;
    throw error;
  }
}

test('a store with any one bit flipped, or any file cut at any length, opens or refuses by name, and loses nothing in silence', async () => {
  const { image, position } = await smallStore();
  const segments = [...image.keys()].filter((path) => path.endsWith('.seg'));
  expect(segments.length).toBeGreaterThan(1);
  const fates: Record<Fate, number> = { whole: 0, reported: 0, refused: 0 };
  for (const { what, image: damaged } of damagedImages(image, PADDING_STEP)) {
    try {
      fates[await fateOf(damaged, position)]++;
    } catch (error) {
      throw new Error(`With ${what}`, { cause: error });
    }
  }
  for (const count of Object.values(fates)) expect(count).toBeGreaterThan(100);
}, 600_000);
