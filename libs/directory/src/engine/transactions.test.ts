import { HoldfastError, type ReadTransaction } from '@holdfast/contracts';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { describe, expect, test } from 'vitest';
import type { Engine } from './engine.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { EngineScene, get, put, texts } from './testing/engine-scene.ts';
import { SmallMap } from './testing/small-map.ts';

const newScene = (stores?: number): EngineScene<SimulatedClock> =>
  new EngineScene(simulatedClock(), stores);
const call = (number: number, answeredBelow = 0) => ({ session: 's', number, answeredBelow });

describe('transactions', () => {
  test('that all change one value each see the change before', async () => {
    const engine = await newScene().start();
    await Promise.all(
      Array.from({ length: 64 }, () =>
        engine.transact(async (tx) => {
          const before = Number((await tx.get(texts, 'n')) ?? 0);
          tx.put(texts, String(before + 1), 'n');
        }),
      ),
    );
    expect(await get(engine, 'n')).toBe('64');
  });

  // fills ENGINE_LIMITS.optimisticAttempts
  test('that were overtaken often enough take their turn alone, while others wait', async () => {
    const scene = newScene();
    const engine = await scene.start();
    const others: Promise<void>[] = [];
    let attempts = 0;
    await engine.transact(async (tx) => {
      attempts++;
      await tx.get(texts, 'a');
      others.push(put(engine, 'a', 'other'));
      await scene.clock.settle();
      tx.put(texts, 'mine', 'a');
    });
    expect(attempts).toBe(ENGINE_LIMITS.optimisticAttempts + 1);
    await Promise.all(others);
    expect(await get(engine, 'a')).toBe('other');
  });

  // fills ENGINE_LIMITS.attempts, ENGINE_LIMITS.aloneMs
  test.for(['transact', 'query'] as const)(
    'that hold up others for too long are overtaken, and given up in the end: %s',
    async (kind) => {
      const scene = newScene();
      const engine = await scene.start();
      let attempts = 0;
      let longestMs = 0;
      const slow = engine[kind](async (tx: ReadTransaction) => {
        attempts++;
        const sinceMs = scene.clock.monotonicMs();
        await tx.get(texts, 'a');
        await put(engine, 'a', `${attempts}`);
        longestMs = Math.max(longestMs, scene.clock.monotonicMs() - sinceMs);
      });
      await expect(scene.clock.run(slow)).rejects.toMatchObject({ code: 'unavailable' });
      expect(attempts).toBe(ENGINE_LIMITS.attempts);
      expect(longestMs).toBe(ENGINE_LIMITS.aloneMs);
    },
  );

  test('that each read what the other writes do not both succeed on what they saw', async () => {
    const engine = await newScene().start();
    const claim = (name: string): Promise<boolean> =>
      engine.transact(async (tx) => {
        const taken = await tx.range(texts, { prefix: [], limit: 10 });
        if (taken.length > 0) return false;
        tx.put(texts, 'mine', name);
        return true;
      });
    const claims = await Promise.all([claim('a'), claim('b'), claim('c')]);
    expect(claims.filter((won) => won)).toHaveLength(1);
  });

  test('notice a change of the last entry of a range that its limit cut short', async () => {
    const engine = await newScene().start();
    for (const name of ['a', 'b', 'c']) await put(engine, name, '1');
    for (const reverse of [false, true]) {
      let first = true;
      const seen = await engine.transact(async (tx) => {
        const [entry] = await tx.range(texts, { prefix: [], limit: 1, reverse });
        tx.put(texts, `saw ${entry?.value}`, 'b');
        if (first) await put(engine, reverse ? 'c' : 'a', '2');
        first = false;
        return entry?.value;
      });
      expect(seen).toBe('2');
    }
  });

  test('report no error that rests on a commit which is not durable yet', async () => {
    const scene = newScene();
    const engine = await scene.start();
    scene.store(1).hang();
    const first = put(engine, 'a', '1');
    await scene.clock.settle();
    let heard = false;
    const second = engine.transact(async (tx) => {
      if (await tx.get(texts, 'a')) throw new HoldfastError('already-exists', 'It is there.');
    });
    second.catch(() => (heard = true));
    await scene.clock.settle();
    expect(heard).toBe(false);
    scene.store(1).resume();
    await first;
    await expect(second).rejects.toMatchObject({ code: 'already-exists' });
  });

  test('that only read, or add nothing, write no record', async () => {
    const scene = newScene();
    const engine = await scene.start();
    const before = scene.journal.tail.number;
    await engine.transact(async (tx) => await tx.get(texts, 'a'));
    await engine.transact(async (tx) => (tx.add('n', 2), tx.add('n', -2)));
    expect(scene.journal.tail.number).toBe(before);
  });

  // fills DATA_LIMITS.commitKeys, DATA_LIMITS.commitBytes
  test('beyond the limits of keys and bytes are refused whole', async () => {
    const engine = await newScene().start();
    const many = engine.transact(async (tx) => {
      for (let i = 0; i < 4097; i++) tx.put(texts, 'x', `${i}`);
    });
    await expect(many).rejects.toMatchObject({ code: 'limit-exceeded' });
    const large = put(engine, 'large', 'x'.repeat(3_000_000));
    await expect(large).rejects.toMatchObject({ code: 'limit-exceeded' });
    expect(await engine.query((tx) => tx.range(texts, { prefix: [], limit: 1 }))).toEqual([]);
  });

  test('add to a counter beside each other, and it is right after crashes with and without the map', async () => {
    const scene = newScene();
    let engine = await scene.start();
    const add = (): Promise<unknown> =>
      Promise.all(Array.from({ length: 20 }, () => engine.transact(async (tx) => tx.add('n', 2))));
    await add();
    await scene.crash();
    engine = await scene.start();
    await add();
    await scene.crash(new SmallMap());
    engine = await scene.start();
    expect(await engine.query((tx) => tx.counter('n'))).toBe(80);
  });
});

describe('a query', () => {
  test('sees one state, though commits become visible while it reads', async () => {
    const engine = await newScene().start();
    const set = (text: string): Promise<void> =>
      engine.transact(async (tx) => (tx.put(texts, text, 'a'), tx.put(texts, text, 'b')));
    await set('0');
    let running = true;
    const writing = (async () => {
      for (let i = 1; running; i++) await set(`${i}`);
    })();
    for (let i = 0; i < 50; i++) {
      const [a, b] = await engine.query(async (tx) => {
        const first = await tx.get(texts, 'a');
        for (let turn = 0; turn < 30; turn++) await Promise.resolve();
        return [first, await tx.get(texts, 'b')];
      });
      expect(a).toBe(b);
    }
    running = false;
    await writing;
  });
});

describe('a numbered call', () => {
  const increment = (engine: Engine, number: number, answeredBelow = 0): Promise<string> =>
    engine.transact(
      async (tx) => {
        const next = String(Number((await tx.get(texts, 'n')) ?? 0) + 1);
        tx.put(texts, next, 'n');
        return next;
      },
      call(number, answeredBelow),
    );

  test('is carried out once, however often and early it is repeated', async () => {
    const engine = await newScene().start();
    const same = [increment(engine, 1), increment(engine, 1), increment(engine, 1)];
    expect(await Promise.all(same)).toEqual(['1', '1', '1']);
    expect(await increment(engine, 2)).toBe('2');
    expect(await increment(engine, 1)).toBe('1');
  });

  test('is carried out once across a crash, even if nobody heard the first answer', async () => {
    const scene = newScene();
    const engine = await scene.start();
    scene.store(1).hang();
    increment(engine, 1).catch(() => {});
    await scene.clock.settle();
    await scene.crash();
    scene.store(1).resume();
    const next = await scene.start();
    expect(await increment(next, 1)).toBe('1');
    expect(await get(next, 'n')).toBe('1');
  });

  test('is forgotten once its caller has the answer, and then refused', async () => {
    const scene = newScene();
    const engine = await scene.start();
    await increment(engine, 1);
    await increment(engine, 2, 2);
    await expect(increment(engine, 1)).rejects.toMatchObject({ code: 'invalid-request' });
    expect(await increment(engine, 2, 2)).toBe('2');
    await scene.crash(new SmallMap());
    const next = await scene.start();
    await expect(increment(next, 1)).rejects.toMatchObject({ code: 'invalid-request' });
    expect(await increment(next, 2, 2)).toBe('2');
  });
});
