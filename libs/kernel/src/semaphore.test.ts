import { expect, test } from 'vitest';
import { Semaphore } from './semaphore.ts';

test('permits are handed out first come, first served, also when a later one would fit', async () => {
  const semaphore = new Semaphore(2);
  const order: string[] = [];
  const held = await semaphore.acquire(1);
  const large = semaphore.acquire(2).then((permit) => (order.push('large'), permit));
  const small = semaphore.acquire(1).then((permit) => (order.push('small'), permit));
  expect(semaphore.waiting).toBe(2);
  held[Symbol.dispose]();
  (await large)[Symbol.dispose]();
  (await small)[Symbol.dispose]();
  expect(order).toEqual(['large', 'small']);
});

test('who gives up waiting lets those behind it pass', async () => {
  const semaphore = new Semaphore(2);
  const held = await semaphore.acquire(1);
  const impatient = new AbortController();
  const large = semaphore.acquire(2, impatient.signal);
  const small = semaphore.acquire(1);
  impatient.abort(new Error('no patience'));
  await expect(large).rejects.toThrow('no patience');
  (await small)[Symbol.dispose]();
  held[Symbol.dispose]();
});

test('a permit that is disposed twice is given back once', async () => {
  const semaphore = new Semaphore(1);
  const permit = await semaphore.acquire();
  permit[Symbol.dispose]();
  permit[Symbol.dispose]();
  await semaphore.acquire();
  const second = semaphore.acquire();
  expect(semaphore.waiting).toBe(1);
  void second;
});
