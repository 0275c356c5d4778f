import type { ClusterFolder } from './cluster-folder.ts';
import { askReadiness } from './health.ts';
import { findInstances, type Instance } from './instance.ts';
import { logFileOf, runningPid } from './part-process.ts';

/** A part of the cluster on this machine, as `cluster ps` shows it. */
export interface PartProcess {
  readonly name: string;
  readonly kind: Instance['kind'];
  /**
   * `ready`: serves; `starting`: runs, and does not serve yet; `left`: runs, but was retired or
   * forgotten; `stopped`: does not run; `elsewhere`: something answers at its address that was not
   * started by `cluster up`.
   */
  readonly state: 'ready' | 'starting' | 'left' | 'stopped' | 'elsewhere';
  readonly pid: number | undefined;
  readonly listen: string;
  readonly data: string;
  readonly config: string;
  readonly log: string;
}

/** All parts, frontend first. */
export async function clusterProcesses(folder: ClusterFolder): Promise<readonly PartProcess[]> {
  const instances = await findInstances(folder);
  return await Promise.all(instances.map((instance) => describe(folder, instance)));
}

async function describe(folder: ClusterFolder, instance: Instance): Promise<PartProcess> {
  const { name, listen, data, file } = instance.config;
  const pid = await runningPid(folder, instance);
  return {
    name,
    kind: instance.kind,
    state: await stateOf(listen, pid),
    pid,
    listen,
    data,
    config: file,
    log: logFileOf(folder, instance),
  };
}

async function stateOf(listen: string, pid: number | undefined): Promise<PartProcess['state']> {
  const { state } = await askReadiness(listen);
  if (pid === undefined) return state === 'silent' ? 'stopped' : 'elsewhere';
  return state === 'ready' || state === 'left' ? state : 'starting';
}
