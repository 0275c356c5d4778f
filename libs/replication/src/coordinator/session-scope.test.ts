import { expect, test } from 'vitest';
import { SessionScope } from './session-scope.ts';

function session(id: string): { end: () => void; context: { session: never } } {
  const ended = new AbortController();
  return { end: () => ended.abort(), context: { session: { id, ended: ended.signal } as never } };
}

test('things go with their session, and none is taken for a session that is over', () => {
  const released: string[] = [];
  const scope = new SessionScope<string>({
    perSession: 2,
    noun: 'things',
    release: (value) => void released.push(value),
  });
  const mine = session('mine');
  const other = session('other');
  scope.add('a', 'A', mine.context);
  expect(scope.find('a', other.context)).toBeUndefined();
  mine.end();
  expect(released).toEqual(['A']);
  // A call that was under way when its session ended.
  expect(() => scope.add('b', 'B', mine.context)).toThrow(/session is over/);
  expect(scope.find('b', mine.context)).toBeUndefined();
});
