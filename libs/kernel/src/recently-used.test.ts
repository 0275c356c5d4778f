import { expect, test } from 'vitest';
import { RecentlyUsed } from './recently-used.ts';

test('what is used often stays, what was used once makes room', () => {
  const values = new RecentlyUsed<number>(4);
  values.set('often', 0);
  for (let i = 1; i < 20; i++) {
    values.set(`once ${i}`, i);
    expect(values.get('often')).toBe(0);
  }
  const found = Array.from({ length: 20 }, (_, i) => values.get(`once ${i}`)).filter(Boolean);
  expect(found.length).toBeGreaterThan(0);
  expect(found.length).toBeLessThanOrEqual(3);
});

test('sizes count, and a value is replaced, not counted twice', () => {
  const values = new RecentlyUsed<string>(100, (text) => text.length);
  for (let i = 0; i < 50; i++) values.set('same', 'x'.repeat(40));
  values.set('other', 'y'.repeat(10));
  expect(values.get('same')).toHaveLength(40);
  expect(values.get('other')).toHaveLength(10);
  values.set('large', 'z'.repeat(51));
  expect(values.get('large')).toBeUndefined();
});

test('what is deleted is gone, in both halves', () => {
  const values = new RecentlyUsed<number>(4);
  for (const key of ['a', 'b', 'c']) values.set(key, 1);
  for (const key of ['a', 'c']) values.delete(key);
  expect(['a', 'b', 'c'].map((key) => values.get(key))).toEqual([undefined, 1, undefined]);
  values.clear();
  expect(values.get('b')).toBeUndefined();
});
