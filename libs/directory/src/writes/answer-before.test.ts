import { expect, test } from 'vitest';
import { directoryScene } from '../testing/directory-scene.ts';

test('a call that went through is answered again, whatever stands in its way now', async () => {
  const { directory, as, newFile, placement } = await directoryScene();
  const options = { path: '/shared/f/a' };
  await directory.makeFolder({ path: '/shared/f', parents: false }, as('ann'));
  const first = await directory.writeSmall({ options, file: newFile(), placement }, as('ann', 1));
  await directory.remove({ path: '/shared/f', recursive: true }, as('ann'));
  const gone = await directory.fileForWrite(options, as('ann', 1)).catch((error: unknown) => error);
  expect(gone).toMatchObject({ code: 'not-found' });
  expect(await directory.answerBefore(as('ann', 1), gone)).toEqual(first);
  await expect(directory.answerBefore(as('ann', 2), gone)).rejects.toBe(gone);
  await expect(directory.answerBefore(as('ann'), gone)).rejects.toBe(gone);
});
