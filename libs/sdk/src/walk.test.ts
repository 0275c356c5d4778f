import type { Entry } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { SDK_LIMITS } from './limits.ts';
import { walkFolder } from './walk.ts';

// fills SDK_LIMITS.walkDepth
test('a walk that finds folders without an end stops, and says where', async () => {
  const folder = { name: 'a', kind: 'folder' } as Entry;
  const files = { list: async () => ({ entries: [folder], more: false }) };
  let seen = 0;
  const walk = async (): Promise<void> => {
    for await (const _entry of walkFolder(files, '/')) seen++;
  };
  await expect(walk()).rejects.toMatchObject({ code: 'limit-exceeded' });
  expect(seen).toBe(SDK_LIMITS.walkDepth + 1);
});
