import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { BUNDLE_OPTIONS, PROGRAMS } from './bundle.mjs';

test('no program that a user gets contains what only tests need', async () => {
  const { metafile } = await build({
    ...BUNDLE_OPTIONS,
    entryPoints: PROGRAMS,
    outdir: 'never-written',
    metafile: true,
    write: false,
  });
  const contained = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  expect(contained).toContain('libs/directory/src/create-directory.ts');
  const ofTests = /\/testing\/|\/testkit\/|\.test\.ts$/;
  expect(contained.filter((file) => !file.includes('node_modules') && ofTests.test(file))).toEqual(
    [],
  );
});
