import { rm } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';

/** The folder's key and the name, and what an entry's attributes take. */
const KEY_BYTES = 32;
const VALUE_BYTES = 200;
const BATCH = 1_000;

/** Entries a second that the bare iterator of LevelDB gives, over as many records of that size. */
export async function bareScan(folder: string, entries: number): Promise<number> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(folder, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  });
  await level.open();
  try {
    for (let from = 0; from < entries; from += BATCH) {
      const count = Math.min(BATCH, entries - from);
      await level.batch(Array.from({ length: count }, (_, index) => record(from + index)));
    }
    const begun = performance.now();
    const iterator = level.iterator();
    let found = 0;
    for (let page = await iterator.nextv(BATCH); page.length > 0;) {
      found += page.length;
      page = await iterator.nextv(BATCH);
    }
    await iterator.close();
    if (found !== entries) throw new Error(`LevelDB gave ${found} of ${entries} records.`);
    return entries / ((performance.now() - begun) / 1000);
  } finally {
    await level.close();
    await rm(folder, { recursive: true });
  }
}

function record(index: number): { type: 'put'; key: Uint8Array; value: Uint8Array } {
  const key = new Uint8Array(KEY_BYTES);
  new DataView(key.buffer).setUint32(KEY_BYTES - 4, index);
  return { type: 'put', key, value: new Uint8Array(VALUE_BYTES).fill(index % 251) };
}
