import type { Upload } from './directory.ts';
import { DIRECTORY_LIMITS } from './limits.ts';
import { uploads } from './tables/uploads.ts';
import { directoryScene } from './testing/directory-scene.ts';
import { expect, test } from 'vitest';

// fills DIRECTORY_LIMITS.walkEntries
test('walks over more entries than one step may read find all of them, step by step', async () => {
  const { directory, engine, write, as, stores, mostRows, placement } = await directoryScene();
  const [store] = stores;
  if (!store) return;
  const { walkEntries } = DIRECTORY_LIMITS;
  const count = walkEntries + 1;
  const open: Upload[] = [];
  for (let i = 0; i < count; i++) {
    const { entry } = await write(`/shared/${i}`, `${i}`, { user: 'alice', copies: 1 });
    const of = { file: entry.id, options: { path: '/shared/x' }, placement, positions: {} };
    open.push({ ...of, upload: `${i}`.padStart(32, '0'), user: 'alice', openedMs: 0 } as Upload);
  }
  await engine.transact(async (tx) => {
    for (const upload of open) tx.put(uploads, upload, upload.upload);
  });
  expect(await directory.usage({ path: '/shared' }, as('alice'))).toMatchObject({ files: count });
  const held = await directory.chunksOn(store, undefined, 2 * count);
  expect(held.length).toBe(count);
  expect((await directory.referenced(held)).length).toBe(count);
  expect((await directory.openUploads()).length).toBe(count);
  const page = await directory.placements(undefined, 2 * count);
  expect(page.length).toBe(walkEntries);
  expect((await directory.placements(page.at(-1)?.file, 2 * count)).length).toBe(1);
  expect(mostRows()).toBe(walkEntries);
});
