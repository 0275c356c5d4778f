import type { DiskOperationKind } from '@holdfast/testkit';
import { isServer } from '../cluster/simulated-server.ts';
import type { SimulatedMachine } from '../world/simulated-machine.ts';
import type { Fault, FaultScene, Strike } from './fault.ts';
import { untilOperation } from './until-operation.ts';

const FULL_SLACK_BYTES = 200_000;
const SLOW_DISK_MS: readonly number[] = [20, 200, 1_500];
const FLIPS = 3;
/** How long somebody who sets back a disk waits for the middle of something. */
const MIDDLE_MS = 2_000;

/** A sync of a disk fails once; some time later somebody restarts what runs there. */
export const failSync: Fault = (scene, strike) =>
  failOperations(scene, strike, { kinds: ['sync'], once: true });

/** For a while some reads fail. */
export const failReads: Fault = (scene, strike) =>
  failOperations(scene, strike, { kinds: ['read'], once: false });

/** A write fails in its middle. */
export const failWrite: Fault = (scene, strike) =>
  failOperations(scene, strike, { kinds: ['write'], once: true });

/** Everything on a disk takes its time. */
export const slowDisk: Fault = async ({ pause, note }, { target, random, forMs }) => {
  const { disk, name } = target;
  const usualMs = disk.slowestMs;
  if (SLOW_DISK_MS.includes(usualMs)) return false;
  disk.slowestMs = random.pick(SLOW_DISK_MS);
  note(`the disk of ${name} takes up to ${disk.slowestMs} ms`);
  await pause(forMs);
  disk.slowestMs = usualMs;
  note(`the disk of ${name} is as fast as it was`);
  return true;
};

export const fillDisk: Fault = async ({ cluster, pause, note, damage }, { random, forMs }) => {
  const { disk, name } = random.pick(cluster.machines);
  if (disk.capacityBytes !== Infinity) return false;
  note(`the disk of ${name} is full`);
  damage.trashMayGo();
  disk.capacityBytes = disk.usedBytes + random.integer(FULL_SLACK_BYTES);
  await pause(forMs);
  disk.capacityBytes = Infinity;
  note(`the disk of ${name} has space again`);
  return true;
};

/** The disk is lost, and an empty one takes its place. */
export const emptyDisk: Fault = async ({ cluster, damage, pause }, { random, forMs }) => {
  const server = random.pick(cluster.servers);
  if (!(await damage.mayForget(server))) return false;
  await server.replaceDisk();
  await pause(random.fraction() * forMs);
  await server.start();
  return true;
};

/**
 * The machine gets back its disk of a while ago, as from an older copy, in the middle of something: of
 * what it did last, others may not have heard yet.
 */
export const rollBackDisk: Fault = async (scene, { random, forMs }) => {
  const { cluster, damage, pause, note } = scene;
  const machine = random.chance(0.4) ? cluster.frontend : random.pick(cluster.servers);
  if (!machine.running) return false;
  const copy = await machine.copyDisk();
  await pause(forMs);
  await untilOperation(scene, machine, { kind: 'sync', mostMs: MIDDLE_MS });
  await pause(random.fraction() * 4 * machine.disk.slowestMs);
  if (!(await damage.mayForget(machine))) return false;
  await machine.crash('power');
  note(`${machine.name} has its disk of ${(forMs / 1000).toFixed(1)} s ago`);
  await copy.restore();
  await machine.start();
  return true;
};

/** Bytes change on a server's disk while nobody looks. */
export const flipBits: Fault = async ({ cluster, damage, note }, { random }) => {
  const server = random.pick(cluster.servers);
  if (!(await damage.mayForget(server))) return false;
  const folder = random.chance(0.8) ? 'chunks/segments' : 'journal';
  const files = server.disk.files(folder).filter(({ bytes }) => bytes > 0);
  if (files.length === 0) return false;
  for (let i = 0; i < FLIPS; i++) {
    const { path, bytes } = random.pick(files);
    // Segments are filled from the front.
    const offset = Math.floor(bytes * random.fraction() * random.fraction());
    server.disk.corrupt(path, offset);
    note(`a byte of ${path} on ${server.name} changes, at ${offset}`);
  }
  server.rotten = true;
  damage.flipped(server);
  return true;
};

interface Failing {
  readonly kinds: readonly DiskOperationKind[];
  readonly once: boolean;
}

const FAILURE_CHANCE = 0.1;

async function failOperations(
  { pause, note }: FaultScene,
  { target, random, forMs }: Strike,
  { kinds, once }: Failing,
): Promise<boolean> {
  const { disk, name } = target;
  if (disk.fault) return false;
  const folder = random.pick(isServer(target) ? ['chunks', 'journal'] : ['journal']);
  let failed = 0;
  disk.fault = ({ kind, path }) => {
    if (!kinds.includes(kind) || !path.startsWith(folder)) return undefined;
    if (once ? failed > 0 : !random.chance(FAILURE_CHANCE)) return undefined;
    failed++;
    note(`${name} fails to ${kind} ${path}`);
    return 'io';
  };
  await pause(forMs);
  disk.fault = undefined;
  if (failed > 0) await restart(target, () => pause(random.fraction() * forMs));
  return failed > 0;
}

async function restart(machine: SimulatedMachine, pause: () => Promise<void>): Promise<void> {
  await machine.crash('kill');
  await pause();
  if (!machine.running) await machine.start();
}
