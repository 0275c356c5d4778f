import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HoldfastError } from '@holdfast/contracts';
import { makeFolders, ensureClusterKey, nodeDisk } from '@holdfast/host';
import { withLocalErrors } from '../local/local-error.ts';
import { awaitReady, type LeftPart } from './await-ready.ts';
import { saveAdministrator } from './administrator-profile.ts';
import type { ClusterFolder } from './cluster-folder.ts';
import { isPortTaken } from './health.ts';
import { preparePrograms, findInstallation } from './installation.ts';
import type { Instance } from './instance.ts';
import { ensureInstances, type WantedInstances } from './make-instances.ts';
import { runningPid, startPart } from './part-process.ts';

export interface ClusterUpOptions extends WantedInstances {
  /** Do nothing at all if any part runs: what the user killed stays as it is. */
  readonly ifDown?: boolean;
}

/**
 * Makes what a cluster on this machine needs and does not have yet, starts every part that does not
 * run, and resolves when all serve. Returns lines that tell what was done.
 */
export async function clusterUp(
  folder: ClusterFolder,
  options: ClusterUpOptions = {},
): Promise<readonly string[]> {
  await withLocalErrors('make the folder', folder.path, () => makeFolders(folder.path, 0o700));
  // Of two that are started together, the second finds the cluster running.
  await using _lock = await nodeDisk(folder.path).lock('cluster.lock');
  const instances = await ensureInstances(folder, options);
  const stopped = await stoppedAmong(folder, instances);
  if (stopped.length === 0 || (options.ifDown && stopped.length < instances.length)) {
    return [`The cluster runs: ${instances.length - stopped.length} of ${instances.length} parts.`];
  }
  await ensureClusterKey(folder.key);
  await startAll(folder, stopped);
  const left = await awaitReady(folder, instances);
  const profile = await rememberAdministrator(folder, instances);
  const told = profile ? whatWasMade(folder, instances, profile) : [whatWasStarted(stopped)];
  return [...told, ...left.map(whatLeft)];
}

/** Starts parts that do not run. Rejects with `already-exists` if another program has a port. */
export async function startAll(
  folder: ClusterFolder,
  instances: readonly Instance[],
): Promise<void> {
  for (const instance of instances) {
    if (await isPortTaken(instance.config.listen)) throw portTaken(instance);
  }
  const programOf = await preparePrograms(findInstallation());
  for (const instance of instances) {
    const program = instance.kind === 'frontend' ? 'frontend' : 'file-server';
    await startPart(folder, instance, programOf(program));
  }
}

async function stoppedAmong(
  folder: ClusterFolder,
  instances: readonly Instance[],
): Promise<readonly Instance[]> {
  const pids = await Promise.all(instances.map((instance) => runningPid(folder, instance)));
  return instances.filter((_, index) => pids[index] === undefined);
}

/** A server can have another port; where that of the frontend is taken, it is often another cluster's. */
function portTaken({ kind, config: { name, listen, file } }: Instance): HoldfastError {
  const other =
    kind === 'server'
      ? `set another one in ${file}.`
      : 'make a cluster at other ports: holdfast cluster up --data FOLDER --port 7500';
  return new HoldfastError(
    'already-exists',
    `${name} cannot listen at ${listen}: another program has that port. Stop that program, or ${other}`,
  );
}

/**
 * Puts the password that the frontend made for its administrator into the user's profile, once: it
 * may be changed afterwards. Returns the profile's file if that was done now.
 */
async function rememberAdministrator(
  folder: ClusterFolder,
  instances: readonly Instance[],
): Promise<string | undefined> {
  const frontend = instances.find((instance) => instance.kind === 'frontend')?.config;
  const administrator = frontend?.administrator;
  const isDone = join(folder.processes, 'administrator-known');
  if (!administrator || existsSync(isDone) || !existsSync(administrator.passwordFile)) {
    return undefined;
  }
  const password = (await readFile(administrator.passwordFile, 'utf8')).trim();
  const { user } = administrator;
  const profile = await saveAdministrator(folder, { address: frontend.address, user, password });
  await writeFile(isDone, '');
  return profile;
}

function whatWasMade(
  folder: ClusterFolder,
  instances: readonly Instance[],
  profile: string,
): readonly string[] {
  const frontend = instances.find((instance) => instance.kind === 'frontend')?.config;
  const servers = instances.filter((instance) => instance.kind === 'server').length;
  const user = frontend?.administrator?.user;
  return [
    `Made a cluster that runs in the background: a frontend at ${frontend?.address} and ${count(servers, 'server')}.`,
    `Made the administrator ${user}, whose password is in your profile: ${profile}`,
    `Key, data and logs are in ${folder.path}: removing that folder removes the files, too.`,
  ];
}

function whatWasStarted(started: readonly Instance[]): string {
  return `Started ${started.map((instance) => instance.config.name).join(', ')}.`;
}

function whatLeft({ instance, reason }: LeftPart): string {
  const { name, file } = instance.config;
  return `${name} takes no part. ${reason} To leave it out for good, stop it and remove ${dirname(file)}.`;
}

function count(number: number, noun: string): string {
  return number === 1 ? `one ${noun}` : `${number} ${noun}s`;
}
