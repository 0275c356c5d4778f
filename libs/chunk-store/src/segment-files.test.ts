import type { Disk } from '@holdfast/kernel';
import { simulatedDisk } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { CHUNK_STORE_LIMITS } from './limits.ts';
import { SegmentFiles } from './segment-files.ts';

// fills CHUNK_STORE_LIMITS.openFiles
test('no more segment files are held open than the limit says, and each can still be used', async () => {
  const disk = simulatedDisk().mount();
  await disk.makeFolder('segments');
  const { openFiles } = CHUNK_STORE_LIMITS;
  const opened = { now: 0, most: 0 };
  const files = new SegmentFiles(counting(disk, opened), 'segments');
  const numbers = Array.from({ length: openFiles + 6 }, (_, i) => i);
  for (const number of numbers) {
    const file = await disk.open(files.path(number), { mode: 'create', direct: true });
    await file.close();
  }
  for (const number of [...numbers, ...numbers]) await files.use(number, (file) => file.size());
  expect(opened.most).toBe(openFiles);
  await files.close();
  expect(opened.now).toBe(0);
});

/** The disk, with the files counted that are open. */
function counting(disk: Disk, opened: { now: number; most: number }): Disk {
  const open: Disk['open'] = async (path, options) => {
    const file = await disk.open(path, options);
    opened.most = Math.max(opened.most, ++opened.now);
    const close = file.close.bind(file);
    file.close = async () => {
      opened.now--;
      await close();
    };
    return file;
  };
  return Object.assign(Object.create(disk) as Disk, { open });
}
