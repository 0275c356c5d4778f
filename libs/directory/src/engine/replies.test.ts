import { expect, test } from 'vitest';
import { engineKey, keyText } from './keys.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { Replies } from './replies.ts';
import { WriteSet } from './write-set.ts';

const keyOf = (session: string, number: number): string =>
  keyText(engineKey('reply', session, number));

// fills ENGINE_LIMITS.replyTtlMs
test('values of a session that was quiet for long go with the commits of others', () => {
  const replies = new Replies();
  const keep = (session: string, number: number, timeMs: number): WriteSet => {
    const changes = new WriteSet();
    replies.keep({ session, number, answeredBelow: 0 }, 'value', timeMs, changes);
    return changes;
  };
  keep('quiet', 1, 0);
  keep('quiet', 2, 0);
  expect(keep('busy', 1, ENGINE_LIMITS.replyTtlMs).writes.size).toBe(1);
  const later = keep('busy', 2, ENGINE_LIMITS.replyTtlMs + 1).writes;
  expect(later.get(keyOf('quiet', 1))?.value).toBeUndefined();
  expect([...later.keys()]).toEqual([keyOf('busy', 2), keyOf('quiet', 1), keyOf('quiet', 2)]);
});

// fills ENGINE_LIMITS.repliesRemovedAtOnce
test('a commit removes some values of forgotten sessions, and later ones the others', () => {
  const replies = new Replies();
  const removedWith = (session: string, number: number, timeMs: number): number => {
    const changes = new WriteSet();
    replies.keep({ session, number, answeredBelow: 0 }, 'value', timeMs, changes);
    return [...changes.writes.values()].filter(({ value }) => value === undefined).length;
  };
  const { repliesRemovedAtOnce, replyTtlMs } = ENGINE_LIMITS;
  for (let n = 0; n < repliesRemovedAtOnce + 5; n++) removedWith('quiet', n, 0);
  const removed = [1, 2, 3].map((n) => removedWith('busy', n, replyTtlMs + 1));
  expect(removed).toEqual([repliesRemovedAtOnce, 5, 0]);
});

// fills ENGINE_LIMITS.sessionReplies, ENGINE_LIMITS.replySessions
test('a session that confirms no answers is stopped, and sessions are bounded in number', () => {
  const replies = new Replies();
  const changes = new WriteSet();
  const keep = (session: string, number: number, answeredBelow: number): void =>
    replies.keep({ session, number, answeredBelow }, 'value', 0, changes);
  for (let n = 1; n <= ENGINE_LIMITS.sessionReplies; n++) keep('careless', n, 1);
  const next = ENGINE_LIMITS.sessionReplies + 1;
  expect(() => keep('careless', next, 1)).toThrow(
    expect.objectContaining({ code: 'limit-exceeded' }),
  );
  keep('careless', next, 2);
  for (let i = 0; i < ENGINE_LIMITS.replySessions; i++) keep(`other ${i}`, 1, 1);
  expect(changes.writes.get(keyOf('careless', 2))?.value).toBeUndefined();
  expect(changes.writes.has(keyOf('careless', 2))).toBe(true);
});
