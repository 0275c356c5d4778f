import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestCluster } from './test-cluster.ts';

const MIB = 1024 * 1024;

/** Flips one bit of each byte of `file` at the places that `places` gives for its size. */
export async function flipBits(
  file: string,
  places: (size: number) => Iterable<number>,
): Promise<number> {
  const handle = await open(file, 'r+');
  let flipped = 0;
  try {
    const { size } = await handle.stat();
    for (const at of places(size)) {
      const byte = Buffer.alloc(1);
      await handle.read(byte, 0, 1, at);
      await handle.write(Buffer.from([(byte[0] ?? 0) ^ 0x10]), 0, 1, at);
      flipped++;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return flipped;
}

/** Paths of the files in a folder whose names end with `ending`, in order. */
export async function filesIn(folder: string, ending: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending)).sort();
  return names.map((name) => join(folder, name));
}

/** Flips a bit in every MiB of the segments of a server. */
export async function flipSegments(cluster: TestCluster, server: string): Promise<number> {
  let flipped = 0;
  for (const file of await filesIn(join(cluster.data, server, 'chunks/segments'), '.seg')) {
    flipped += await flipBits(file, function* (size) {
      for (let at = MIB / 2; at < size; at += MIB) yield at;
    });
  }
  return flipped;
}
