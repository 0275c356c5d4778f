import { fc, test as property } from '@fast-check/vitest';
import type { Implementation } from '@holdfast/contracts';
import { seededRandom, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { frameHeader, FRAME } from './frame.ts';
import { HeldBytes } from './held-bytes.ts';
import type { RmiLimits } from './limits.ts';
import type { DemoContract } from './testing/demo-contract.ts';
import { Scene, type RawClient } from './testing/scene.ts';

const LIMIT = 1_000;
const owner = fc.constantFrom('ann', 'ben', 'cleo', 'dan');

property.prop([fc.array(fc.tuple(owner, fc.integer({ min: 1, max: LIMIT })))])(
  'all owners together stay below the limit, and whoever holds nothing finds room',
  (requests) => {
    const held = new HeldBytes(LIMIT);
    for (const [name, bytes] of requests) held.take(name, bytes);
    expect(held.total).toBeLessThan(LIMIT);
    expect(held.take('newcomer', Math.floor((LIMIT - held.total) / 2))).toBe(true);
  },
);

test('one owner gets a half, two get a third each, and what is given back can be had again', () => {
  const held = new HeldBytes(LIMIT);
  const takeAll = (name: string): number => {
    let taken = 0;
    while (taken < LIMIT && held.take(name, 1)) taken++;
    return taken;
  };
  expect(takeAll('ann')).toBe(500);
  expect(takeAll('ben')).toBe(250);
  held.give('ann', 200);
  expect(takeAll('ben')).toBe(100);
  held.give('ann', 300);
  held.give('ben', 350);
  expect(held.total).toBe(0);
  expect(takeAll('ann')).toBe(500);
});

interface Guests {
  readonly scene: Scene;
  /** A connection from an address, or of the user of that name. */
  guest(from: string): Promise<RawClient>;
  answered(client: RawClient): Promise<readonly (readonly [unknown, string])[]>;
}

/** A daemon whose users are named for the addresses that they come from, up to a dash. */
function guests(
  limits: Partial<RmiLimits>,
  overrides: Partial<Implementation<DemoContract>> = {},
): Guests {
  const scene = new Scene(simulatedClock(), seededRandom);
  scene.daemon(overrides, { limits }).onSession((session) => {
    const [user = ''] = session.remoteAddress.split('-');
    session.principal = { kind: 'user', user, admin: false, login: '1' };
  });
  return {
    scene,
    guest: (from) => scene.raw('daemon', from),
    answered: async ({ texts }) => {
      await scene.clock.advance(20);
      return (texts as { id: unknown; error?: { data: { code: string } } }[]).map(
        ({ id, error }) => [id, error?.data.code ?? 'answered'],
      );
    },
  };
}

const echo = (id: number, length: number): object => ({
  ...{ jsonrpc: '2.0', id, method: 'demo.echo' },
  params: { content: { $bytes: id, length } },
});

const data = (id: number, length: number): Uint8Array[] => [
  frameHeader(FRAME.data, id),
  new Uint8Array(length),
];

// fills RMI_LIMITS.heldBytes
test('who has sent half of what a daemon holds is refused more on any connection, and nobody else', async () => {
  const { guest, answered } = guests({ heldBytes: 10_000 });
  const greedy = await guest('mallory-1');
  for (const id of [1, 2]) greedy.send(echo(id, 2_500));
  const another = await guest('mallory-2');
  another.send(echo(1, 2_500));
  expect(await answered(another)).toEqual([[1, 'overloaded']]);
  const modest = await guest('ann');
  modest.send(echo(1, 2_500));
  modest.connection.sendBytes(data(1, 2_500));
  expect(await answered(modest)).toEqual([[1, 'answered']]);
  greedy.connection.sendBytes(data(1, 2_500));
  expect(await answered(greedy)).toEqual([[1, 'answered']]);
  another.send(echo(2, 2_500));
  another.connection.sendBytes(data(2, 2_500));
  expect((await answered(another)).at(-1)).toEqual([2, 'answered']);
});

test('answers that nobody reads are held up to a share, and later ones are refused', async () => {
  const length = 300_000;
  const { guest, answered } = guests(
    { heldBytes: 2_400_000 },
    { echo: async () => ({ content: [new Uint8Array(length)] }) },
  );
  const idle = await guest('mallory');
  const modest = await guest('ann');
  idle.connection.pause();
  for (const id of [1, 2, 3, 4]) idle.send(echo(id, 0));
  modest.send(echo(1, 0));
  expect(await answered(modest)).toEqual([[1, 'answered']]);
  idle.connection.resume();
  const outcomes = await answered(idle);
  expect(outcomes.map(([, outcome]) => outcome)).toEqual([
    ...Array<string>(3).fill('answered'),
    'overloaded',
  ]);
  idle.send(echo(5, 0));
  expect((await answered(idle)).at(-1)).toEqual([5, 'answered']);
});

test('who reads nothing is cut off where others need the memory, and leaves all of it', async () => {
  const padding = 'x'.repeat(50_000);
  const { guest, answered } = guests(
    { heldBytes: 1_000_000, frameBytes: 100_000, backlogBytes: 800_000 },
    { add: async () => ({ sum: 1, padding }) as never },
  );
  const add = { jsonrpc: '2.0', id: 1, method: 'demo.add', params: { a: 1 } };
  const flood = async (from: string, calls: number): Promise<RawClient> => {
    const client = await guest(from);
    client.connection.pause();
    for (let id = 1; id <= calls; id++) client.send({ ...add, id });
    await answered(client);
    return client;
  };
  const greedy = await flood('mallory', 13);
  const patient = await flood('ann', 9);
  greedy.connection.resume();
  patient.connection.resume();
  await answered(greedy);
  expect(greedy.closed).toMatchObject({ code: 1008 });
  expect((await answered(patient)).length).toBe(9);
  expect(patient.closed).toBeUndefined();
});

test.for([
  ['texts', 10_000, { method: 'demo.wait', params: { padding: 'x'.repeat(3_000) } }],
  ['streams', 3_500_000, { method: 'demo.upload', params: { stream: { $stream: 1 } } }],
] as const)('%s of unanswered calls count with what is held', async ([, heldBytes, call]) => {
  const never = {
    wait: () => new Promise<never>(() => {}),
    upload: () => new Promise<never>(() => {}),
  };
  const { guest, answered } = guests({ heldBytes }, never);
  for (const [from, outcomes] of [
    ['mallory-1', []],
    ['mallory-2', [[1, 'overloaded']]],
    ['ann', []],
  ] as const) {
    const client = await guest(from);
    client.send({ jsonrpc: '2.0', id: 1, ...call });
    expect(await answered(client)).toEqual(outcomes);
  }
});
