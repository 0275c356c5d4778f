import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Point } from '@holdfast/kernel';
import type { HoldfastClient } from '@holdfast/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALL_CONTRACTS } from '../support/all-contracts.ts';
import { bundleWithPoints } from '../support/bundle-programs.ts';
import { configOf, connectClient } from '../support/connect-client.ts';
import { until } from '../support/until.ts';
import { CALL_EXAMPLES, type ExampleScene } from './call-examples.ts';
import { PointCluster } from './point-cluster.ts';
import { type RawAnswer, type RawCall, RawSession } from './raw-session.ts';

const FOLDER = '/shared/once';
const PAGE = 1_000;
const SPARE = 'server-4';

const CHANGING = ALL_CONTRACTS.flatMap(({ name, methods }) =>
  Object.entries(methods).flatMap(([method, { changes }]) =>
    changes ? [`${name}.${method}`] : [],
  ),
);

let cluster: PointCluster;
let client: HoldfastClient;
let made = 0;

beforeAll(async () => {
  bundleWithPoints();
  cluster = await PointCluster.start({ servers: 4 });
  client = await connectClient(cluster.cluster);
  await client.files.makeFolder({ path: FOLDER, parents: true });
});

afterAll(async () => {
  await client?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

test('there is an example of every changing call of every contract', () => {
  expect(CHANGING.length).toBeGreaterThan(10);
  expect(Object.keys(CALL_EXAMPLES).sort()).toEqual([...CHANGING].sort());
});

test.for(CHANGING)(
  'the first answer to %s is given again after the frontend died with it',
  (method) => repeatAfterDeath(method, 'call.answer-ready'),
);

test.for(CHANGING)(
  '%s is carried out once where the frontend dies between commit and answer',
  (method) => repeatAfterDeath(method, 'commit.on-stores'),
);

/** Kills the frontend in the middle of a call, and makes the same call again, twice. */
async function repeatAfterDeath(method: string, point: Point): Promise<void> {
  await untilSpareServes();
  await using caller = new Caller();
  const example = CALL_EXAMPLES[method];
  expect(example, `an example of ${method}`).toBeDefined();
  const prepared = await example?.(sceneOf(caller));
  const call = { method, number: 1, params: {}, ...prepared };
  const aim = { part: 'frontend', point, about: [method], nth: 1, victims: ['frontend'] };
  const id = await cluster.arm({ ...aim, withValue: true });
  expect(await caller.once(call), 'the call is not answered').toBeUndefined();
  const struck = await until('the frontend to be killed', () => cluster.struck(id));
  await cluster.disarm('frontend');
  cluster.start('frontend');

  const answer = await caller.untilAnswered(call);
  expect(answer.error).toBeUndefined();
  if (point === 'call.answer-ready') expect(answer.result).toEqual(struck.value);
  const state = await stateNow();
  if (method === 'cluster.retire') await untilSpareHasLeft();
  expect(await caller.untilAnswered(call)).toEqual(answer);
  expect(await stateNow()).toEqual(state);
}

/** One session, over as many connections as it takes. */
class Caller implements AsyncDisposable {
  readonly #identity = {
    session: randomBytes(16).toString('hex'),
    secret: randomBytes(16).toString('hex'),
  };
  #connection: RawSession | undefined;

  async once(call: RawCall): Promise<RawAnswer | undefined> {
    this.#connection ??= await this.#connect();
    const answer = await this.#connection.call(call);
    if (!answer) this.#connection = undefined;
    return answer;
  }

  /** Asks again, under the same number, while the cluster cannot serve yet. */
  async untilAnswered(call: RawCall): Promise<RawAnswer> {
    return await until(`an answer to ${call.method}`, async () => {
      const answer = await this.once(call);
      return answer?.error?.data?.retryable ? undefined : answer;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection?.[Symbol.dispose]();
  }

  async #connect(): Promise<RawSession> {
    const url = `ws://127.0.0.1:${cluster.cluster.port}`;
    const connection = await RawSession.open(url, this.#identity);
    const config = JSON.parse(await readFile(configOf(cluster.cluster), 'utf8')) as {
      profiles: { cluster: { user: string; password: string } };
    };
    const { user, password } = config.profiles.cluster;
    const login = await connection.call({ method: 'session.login', params: { user, password } });
    if (login?.error) throw new Error(login.error.message);
    return connection;
  }
}

function sceneOf(caller: Caller): ExampleScene {
  const number = made++;
  return {
    client,
    call: async (call) => (await caller.untilAnswered(call)).result,
    path: `${FOLDER}/example-${number}`,
    user: `user-${number}`,
    spare: SPARE,
    loseSpare: async () => {
      await cluster.kill(SPARE);
      await until(`${SPARE} to be gone`, async () => (await stateOfSpare()) === 'gone');
    },
  };
}

/** What changes of all kinds have led to. */
async function stateNow(): Promise<unknown> {
  const { entries } = await client.files.list({ path: FOLDER, limit: PAGE });
  const trash = await client.files.listTrash({ limit: PAGE });
  const { users } = await client.users.list({});
  const { status } = await client.cluster.status({});
  const { copies, directory } = status;
  return { entries, trash, users, copies, openUploads: directory.openUploads };
}

async function stateOfSpare(): Promise<string | undefined> {
  const { status } = await client.cluster.status({});
  return status.servers.find(({ name }) => name === SPARE)?.state;
}

async function untilSpareHasLeft(): Promise<void> {
  await until(`${SPARE} to leave`, async () => (await stateOfSpare()) === undefined, 60_000);
}

/** After it was taken away it comes back with an empty disk, as a new one. */
async function untilSpareServes(): Promise<void> {
  const known = await stateOfSpare();
  if (known === 'live') return;
  if (known === undefined) {
    await cluster.kill(SPARE);
    await cluster.emptyDisk(SPARE);
  }
  cluster.startAll();
  await until(`${SPARE} to serve`, async () => (await stateOfSpare()) === 'live', 60_000);
}
