import { expect, test } from 'vitest';
import { CommitFollowers } from './commit-followers.ts';
import { ENGINE_LIMITS } from './limits.ts';

// fills ENGINE_LIMITS.followers
test('no more follow commits than the limit says, and one that stops makes room', () => {
  const followers = new CommitFollowers();
  const follow = (): Disposable => followers.add([], () => {});
  const first = follow();
  for (let i = 1; i < ENGINE_LIMITS.followers; i++) follow();
  expect(follow).toThrow(/listeners follow the directory already/);
  first[Symbol.dispose]();
  expect(follow).not.toThrow();
});
