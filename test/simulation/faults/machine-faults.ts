import type { DiskOperationKind, SeededRandom } from '@holdfast/testkit';
import type { CrashKind, SimulatedMachine } from '../world/simulated-machine.ts';
import type { Fault, FaultScene, Strike } from './fault.ts';
import { untilOperation } from './until-operation.ts';

const DRIFT = 0.04;
const JUMPS_MS: readonly number[] = [-86_400_000, -3_600_000, -2_000, 2_000, 3_600_000];

export const restartTarget: Fault = (scene, strike) => restart(scene, strike, [strike.target]);

export const restartServer: Fault = (scene, strike) =>
  restart(scene, strike, some(scene.cluster.servers, 1, strike.random));

export const restartTwoServers: Fault = (scene, strike) =>
  restart(scene, strike, some(scene.cluster.servers, 2, strike.random));

export const restartFrontend: Fault = (scene, strike) =>
  restart(scene, strike, [scene.cluster.frontend]);

export const restartEverything: Fault = (scene, strike) =>
  restart(scene, strike, scene.cluster.machines);

/**
 * A machine ends just after it began to write or to sync something: most of what can go wrong does so
 * in the milliseconds between.
 */
export const restartWhileWriting: Fault = async (scene, strike) => {
  const { random, forMs } = strike;
  const { frontend, machines } = scene.cluster;
  const machine = random.chance(0.5) ? frontend : random.pick(machines);
  if (!machine.running) return false;
  const kind = random.pick<DiskOperationKind>(['write', 'sync', 'sync', 'syncFolder', 'rename']);
  if (!(await untilOperation(scene, machine, { kind, mostMs: forMs }))) return false;
  await scene.pause(random.fraction() * 2 * machine.disk.slowestMs);
  return await restart(scene, strike, random.chance(0.3) ? machines : [machine]);
};

export const killClient: Fault = async ({ killClient: kill }) => {
  await kill();
  return true;
};

/** Its programs stand still, and nobody is told; then they go on as if nothing had been. */
export const pauseMachine: Fault = async ({ cluster, pause, note }, { random, forMs }) => {
  const machine = random.pick(cluster.machines);
  note(`${machine.name} stands still`);
  machine.stop();
  await pause(forMs);
  await machine.resume(random.chance(0.5) ? 'timers' : 'messages');
  note(`${machine.name} goes on`);
  return true;
};

export const pauseTwoServers: Fault = async (scene, { random, forMs }) => {
  const machines = some(scene.cluster.servers, 2, random);
  scene.note(`${machines.map(({ name }) => name).join(' and ')} stand still`);
  for (const machine of machines) machine.stop();
  await scene.pause(forMs);
  for (const machine of machines) await machine.resume('messages');
  return true;
};

/** The machine's clock runs too fast or too slow until all is calm. */
export const drift: Fault = async ({ cluster, note }, { random }) => {
  const machine = random.pick(cluster.machines);
  const rate = 1 + (2 * random.fraction() - 1) * DRIFT;
  note(`the clock of ${machine.name} runs at ${rate.toFixed(3)}`);
  machine.time.drift(rate);
  return true;
};

/** Somebody sets the time of a machine. */
export const jumpWall: Fault = async ({ cluster, damage, note }, { random }) => {
  const machine = random.pick(cluster.machines);
  const ms = random.pick(JUMPS_MS);
  note(`the wall clock of ${machine.name} is set by ${ms / 1000} s`);
  machine.time.jumpWall(ms);
  if (machine === cluster.frontend && ms > 0) damage.trashMayGo();
  return true;
};

/** Ends programs by force or with the power; each comes back after a time of its own. */
async function restart(
  scene: FaultScene,
  { random, forMs }: Strike,
  machines: readonly SimulatedMachine[],
): Promise<boolean> {
  const up = machines.filter((machine) => machine.running);
  if (up.length === 0) return false;
  const kind: CrashKind = random.chance(0.5) ? 'power' : 'kill';
  const stops = up.map((machine) => ({ machine, downMs: random.fraction() * forMs }));
  await Promise.all(
    stops.map(async ({ machine, downMs }) => {
      await machine.crash(kind);
      await scene.pause(downMs);
      await machine.start();
    }),
  );
  return true;
}

function some<T>(from: readonly T[], count: number, random: SeededRandom): readonly T[] {
  const left = [...from];
  while (left.length > count) left.splice(random.integer(left.length), 1);
  return left;
}
