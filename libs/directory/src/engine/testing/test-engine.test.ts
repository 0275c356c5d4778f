import type { Table } from '@holdfast/contracts';
import { fromUtf8, utf8 } from '@holdfast/kernel';
import { expect, test } from 'vitest';
import { testEngine } from './test-engine.ts';

const names: Table<readonly [folder: string, name: string], string> = {
  name: 'names',
  number: 7,
  encode: utf8,
  decode: fromUtf8,
};

test('a range lists the keys below its prefix, pages on after a key, and goes both ways', async () => {
  const engine = testEngine();
  const found = await engine.transact(async (tx) => {
    for (const name of ['a', 'b', 'c', 'd']) tx.put(names, name.toUpperCase(), 'home', name);
    tx.put(names, 'X', 'homes', 'x');
    tx.delete(names, 'home', 'b');
    const list = async (after?: readonly [string, string], reverse = false): Promise<string[]> =>
      (await tx.range(names, { prefix: ['home'], limit: 2, reverse, ...(after && { after }) })).map(
        ({ key, value }) => `${key.join('/')}=${value}`,
      );
    return [await list(), await list(['home', 'a']), await list(['home', 'd'], true)];
  });
  expect(found).toEqual([
    ['home/a=A', 'home/c=C'],
    ['home/c=C', 'home/d=D'],
    ['home/c=C', 'home/a=A'],
  ]);
});

test('a repeated call gets its first value, and a body that throws changes nothing', async () => {
  const engine = testEngine();
  const call = { session: 's', number: 1, answeredBelow: 0 };
  const add = (): Promise<number> =>
    engine.transact(async (tx) => {
      tx.add('files', 1);
      return await tx.counter('files');
    }, call);
  expect([await add(), await add()]).toEqual([1, 1]);
  const failing = engine.transact(async (tx) => {
    tx.add('files', 5);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await engine.query((tx) => tx.counter('files'))).toBe(1);
});
