import type { Entry } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { DIRECTORY_LIMITS } from '../limits.ts';
import { directoryScene, type DirectoryScene } from '../testing/directory-scene.ts';
import { type Page, PagesAhead } from './pages-ahead.ts';

const PAGE = 2;

async function listedFrom(
  { directory, as }: DirectoryScene,
  after: string,
  user = 'alice',
): Promise<Entry[]> {
  const page = { path: '/shared', limit: PAGE, after };
  return (await directory.list(page, as(user))).entries;
}

async function sceneWith(names: string): Promise<DirectoryScene> {
  const scene = await directoryScene();
  for (const name of names) await scene.write(`/shared/${name}`, name);
  return scene;
}

const namesOf = (entries: readonly Entry[]): string => entries.map(({ name }) => name).join('');

test('a page that was read ahead has what was written since', async () => {
  const scene = await sceneWith('abcdefgh');
  expect(namesOf(await listedFrom(scene, 'b'))).toBe('cd');
  await scene.write('/shared/dd', 'new');
  expect(namesOf(await listedFrom(scene, 'd'))).toBe('dde');
  await scene.write('/shared/f', 'anew');
  const [f] = await listedFrom(scene, 'e');
  expect(f).toMatchObject({ name: 'f', version: 2 });
});

test('it tells of no copy on a store that left the view since', async () => {
  const scene = await sceneWith('abcd');
  await scene.write('/shared/e', 'few', { inline: true });
  await listedFrom(scene, 'b');
  scene.setView(scene.stores.slice(1));
  const [e] = await listedFrom(scene, 'd');
  expect(e).toMatchObject({ name: 'e', copies: { confirmed: 2 } });
});

test('nobody gets a page that was read ahead for another', async () => {
  const { directory, as, write } = await sceneWith('');
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await write(`/home/alice/${name}`, name);
  const page = { path: '/home/alice', limit: PAGE };
  await directory.list({ ...page, after: 'b' }, as('alice'));
  await expect(directory.list({ ...page, after: 'd' }, as('bob'))).rejects.toMatchObject({
    code: 'forbidden',
  });
});

// fills DIRECTORY_LIMITS.pagesAhead
test('the oldest page is forgotten when there are too many', async () => {
  const pages = new PagesAhead();
  const value: Page = { entries: [], more: false };
  const holders = { inView: [], left: [] };
  for (let i = 0; i <= DIRECTORY_LIMITS.pagesAhead; i++) {
    pages.begin(`${i}`, Promise.resolve({ take: () => ({ value }) }), holders);
  }
  expect(await pages.take('0', () => holders)).toBeUndefined();
  expect(await pages.take('1', () => holders)).toBe(value);
  expect(await pages.take('1', () => holders)).toBeUndefined();
});
