import { expect, test } from 'vitest';
import { Disposer } from './disposer.ts';

test('everything is given back in reverse order, also behind a failure, which is then reported', async () => {
  const order: string[] = [];
  const owned = new Disposer();
  owned.defer(() => void order.push('first'));
  owned.defer(() => {
    throw new Error('cannot be closed');
  });
  owned.use({ [Symbol.asyncDispose]: async () => void order.push('last') });
  await expect(owned[Symbol.asyncDispose]()).rejects.toThrow('cannot be closed');
  expect(order).toEqual(['last', 'first']);
});
