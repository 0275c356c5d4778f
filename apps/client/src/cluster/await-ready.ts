import { setTimeout as pause } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/contracts';
import type { ClusterFolder } from './cluster-folder.ts';
import { askLiveServers, askReadiness, type Readiness } from './health.ts';
import type { Instance } from './instance.ts';
import { CLUSTER_LIMITS } from './limits.ts';
import { logTail } from './log-tail.ts';
import { endingOf, logFileOf } from './part-process.ts';

/** A part that will not serve, however long one waits. */
export interface LeftPart {
  readonly instance: Instance;
  readonly reason: string;
}

/** Why a part that was started does not serve: it waits for its neighbours, or will never serve. */
export type NotServing = Extract<Readiness, { readonly state: 'waiting' | 'left' }>;

/** The limits that these waits have. */
export type ReadyWaits = Readonly<Record<'readyMs' | 'neighbourMs', number>>;

/**
 * Waits until all `instances` serve but servers that have left the cluster, which are returned.
 * Rejects with `unavailable` as soon as one of them has ended, or when `readyMs` have
 * passed; the message names what is missing, with its last lines.
 */
export async function awaitReady(
  folder: ClusterFolder,
  instances: readonly Instance[],
  { readyMs }: ReadyWaits = CLUSTER_LIMITS,
): Promise<readonly LeftPart[]> {
  const end = performance.now() + readyMs;
  const serving = new Set<Instance>();
  for (;;) {
    const states = await Promise.all(instances.map((instance) => look(folder, instance, serving)));
    for (const { instance, state } of states) if (state === 'ready') serving.add(instance);
    const left = states.filter(({ state }) => state === 'left');
    const missing = states.filter(({ state }) => state !== 'ready' && state !== 'left');
    if (missing.length === 0) {
      const leftNow = new Set(left.map(({ instance }) => instance));
      const behind = await behindFrontend(instances.filter((one) => !leftNow.has(one)));
      if (behind === undefined) return left;
      missing.push(behind);
    }
    const ended = missing.filter(({ state }) => state === 'ended');
    if (ended.length > 0) throw await notReady(folder, ended);
    if (performance.now() > end) throw await notReady(folder, missing);
    await pause(CLUSTER_LIMITS.pollMs);
  }
}

/**
 * Waits until a part that was started serves, or at least answers, for as long as its neighbours may
 * take. Resolves with why it does not serve, if it does not, such as servers that do not run. Rejects
 * with `unavailable` if it has ended, or does not answer.
 */
export async function awaitStarted(
  folder: ClusterFolder,
  instance: Instance,
  { readyMs, neighbourMs }: ReadyWaits = CLUSTER_LIMITS,
): Promise<NotServing | undefined> {
  const end = performance.now() + readyMs;
  const patience = performance.now() + neighbourMs;
  for (;;) {
    const part = await look(folder, instance);
    const { state, reason } = part;
    if (state === 'ready') return undefined;
    if (state === 'left') return { state, reason };
    if (state === 'waiting' && performance.now() > patience) return { state, reason };
    if (state === 'ended' || performance.now() > end) throw await notReady(folder, [part]);
    await pause(CLUSTER_LIMITS.pollMs);
  }
}

/** The frontend, while it does not count as many servers live as were started; else undefined. */
async function behindFrontend(instances: readonly Instance[]): Promise<PartState | undefined> {
  const instance = instances.find(({ kind }) => kind === 'frontend');
  if (!instance) return undefined;
  const servers = instances.filter(({ kind }) => kind === 'server').length;
  const live = await askLiveServers(instance.config.listen);
  if (live >= servers) return undefined;
  return { instance, state: 'waiting', reason: `it has ${live} of ${servers} servers live` };
}

interface PartState {
  readonly instance: Instance;
  readonly state: Readiness['state'] | 'ended';
  readonly reason: string;
}

/** Those of which it is known that they serve are not asked again. */
async function look(
  folder: ClusterFolder,
  instance: Instance,
  serving?: ReadonlySet<Instance>,
): Promise<PartState> {
  const ending = await endingOf(folder, instance);
  if (ending !== undefined) return { instance, state: 'ended', reason: ending };
  if (serving?.has(instance)) return { instance, state: 'ready', reason: 'serves' };
  const answer = await askReadiness(instance.config.listen);
  if (answer.state === 'waiting' || answer.state === 'left') return { instance, ...answer };
  return { instance, state: answer.state, reason: `does not answer at ${instance.config.listen}` };
}

async function notReady(
  folder: ClusterFolder,
  missing: readonly PartState[],
): Promise<HoldfastError> {
  const parts = await Promise.all(
    missing.map(async ({ instance, state, reason }) => {
      const log = logFileOf(folder, instance);
      const what = state === 'waiting' ? `is not ready: ${reason}` : reason;
      const sentence = `${instance.config.name} ${what}`.replace(/\.?$/, '.');
      return `${sentence} Its log, ${log}, ends with:\n${await logTail(log)}`;
    }),
  );
  return new HoldfastError(
    'unavailable',
    `${parts.join('\n')}\nCorrect what it says, then: holdfast cluster up`,
  );
}
