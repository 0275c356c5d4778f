import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { peakResidentMib, residentMib } from '../bench/measure/process-usage.ts';
import { connectClient } from '../support/connect-client.ts';
import { Seeded } from '../support/seeded.ts';
import { TestCluster } from '../support/test-cluster.ts';
import { attack, type AttackReport } from './attackers.ts';
import type { Target } from './attacks/attack.ts';
import { Bystander, type Experience } from './bystander.ts';

/** Beside the bundle that this module is a part of. */
const HOLDFAST = fileURLToPath(new URL('holdfast.mjs', import.meta.url));
const QUIET_MS = 8_000;
const USER = 'mallory';
const PASSWORD = 'a password of mallory';

export interface FuzzOptions {
  readonly seed: number;
  readonly durationMs: number;
}

/** Memory of one part in MiB: before the attack, at its worst, and when it was over. */
export interface Memory {
  readonly before: number;
  readonly peak: number;
  readonly after: number;
}

export interface FuzzResult extends AttackReport {
  /** Before and after the attack. */
  readonly undisturbed: Experience;
  readonly disturbed: Experience;
  readonly memory: Readonly<Record<string, Memory>>;
  /** Parts whose process is not the one that was attacked: they have crashed. */
  readonly crashed: readonly string[];
}

/**
 * Attacks every port of a cluster of real processes as strangers and as a user without rights, while a
 * well-behaved user works beside.
 */
export async function runFuzz({ seed, durationMs }: FuzzOptions): Promise<FuzzResult> {
  await using cluster = await TestCluster.start({ holdfast: HOLDFAST });
  await using client = await connectClient(cluster);
  const random = new Seeded(seed);
  const targets = await targetsOf(cluster);
  const bystander = new Bystander(client, random.branch(1));
  const earlier = await bystander.work(AbortSignal.timeout(QUIET_MS));

  const pids = await pidsOf(cluster);
  const before = memoryOf(pids);
  const over = new AbortController();
  const attacked = attack({ targets, seed, durationMs }).finally(() => over.abort());
  const [report, disturbed] = await Promise.all([attacked, bystander.work(over.signal)]);
  await pause(QUIET_MS);
  const later = await bystander.work(AbortSignal.timeout(QUIET_MS));
  const undisturbed = slowerOf(earlier, later);

  const memory: Record<string, Memory> = {};
  for (const [part, pid] of pids) {
    const after = residentMib(pid);
    memory[part] = { before: before.get(part) ?? 0, peak: peakResidentMib(pid), after };
  }
  const now = await pidsOf(cluster);
  const crashed = [...pids].flatMap(([part, pid]) => (now.get(part) === pid ? [] : [part]));
  return { ...report, undisturbed, disturbed, memory, crashed };
}

/** How slow the machine is by itself: the slower of the times before and after the attack. */
function slowerOf(earlier: Experience, later: Experience): Experience {
  const slower = later.p99Ms > earlier.p99Ms ? later : earlier;
  return {
    ...slower,
    operations: earlier.operations + later.operations,
    failures: [...earlier.failures, ...later.failures],
  };
}

/** Strangers at all ports, and a user at the frontend's. */
async function targetsOf(cluster: TestCluster): Promise<readonly Target[]> {
  await cluster.done(['user', 'add', USER, '--password-stdin'], { input: `${PASSWORD}\n` });
  const frontend = `ws://127.0.0.1:${cluster.port}`;
  const strangers = cluster.servers.map((_, index) => `ws://127.0.0.1:${cluster.port + 1 + index}`);
  const user = { url: frontend, token: await logIn(frontend) };
  const unknown = [frontend, ...strangers].map((url) => ({ url, token: undefined }));
  // As often as all strangers together: a user gets further.
  return [...unknown, ...unknown.map(() => user)];
}

async function logIn(frontend: string): Promise<string> {
  const answer = await fetch(`${frontend.replace('ws:', 'http:')}/rpc`, {
    method: 'POST',
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'session.login',
      params: { user: USER, password: PASSWORD },
    }),
  });
  const { result } = (await answer.json()) as { result: { token: string } };
  return result.token;
}

async function pidsOf(cluster: TestCluster): Promise<ReadonlyMap<string, number>> {
  const parts = await cluster.parts();
  return new Map(parts.flatMap(({ name, pid }) => (pid === undefined ? [] : [[name, pid]])));
}

function memoryOf(pids: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map([...pids].map(([part, pid]) => [part, residentMib(pid)]));
}
