import type { StoreId } from '@holdfast/contracts';
import { nodeClock } from '@holdfast/host';
import { Members } from '@holdfast/replication';
import { expect, test } from 'vitest';
import { frontendPages } from './frontend-pages.ts';

test('a stranger learns how many servers live, and no more of them', async () => {
  using members = new Members(nodeClock);
  members.enrol({ store: '1'.repeat(32) as StoreId, name: 'server-in-the-cellar' });
  const pages = frontendPages({
    name: 'frontend',
    members,
    auth: {} as never,
    ready: () => ({ ok: true, details: {} }),
  });
  const page = await pages.page?.();
  expect(page).toContain('0 of 1 servers live');
  expect(page).not.toContain('cellar');
});
