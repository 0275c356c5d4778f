import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolders } from '@holdfast/host';
import { HoldfastError } from '@holdfast/contracts';
import type { ClusterFolder } from './cluster-folder.ts';
import { findInstances, type Instance } from './instance.ts';
import { CLUSTER_LIMITS } from './limits.ts';

const DEFAULT_PORT = 7400;
const DEFAULT_SERVERS = 3;

export interface WantedInstances {
  /** Servers, from `server-1` on; all that there are, or three, where it is left open. */
  readonly servers?: number | undefined;
  /** Port of the frontend; server N listens N above it. */
  readonly port?: number | undefined;
}

/**
 * The frontend and the wanted servers. What is missing is written into the cluster's own folder; a
 * file that is there is never changed. Rejects with `already-exists` if the cluster has another port.
 */
export async function ensureInstances(
  folder: ClusterFolder,
  wanted: WantedInstances,
): Promise<readonly Instance[]> {
  checkRange(wanted);
  const present = await presentInstances(folder, wanted);
  const frontend = present.find((instance) => instance.kind === 'frontend')?.config;
  const port = frontend ? Number(new URL(frontend.listen).port) : (wanted.port ?? DEFAULT_PORT);
  const names = new Set(present.map((instance) => instance.config.name));
  const servers = present.filter((instance) => instance.kind === 'server').length;
  const count = wanted.servers ?? (servers || DEFAULT_SERVERS);

  if (!frontend) await writeFrontend(folder, port);
  const address = frontend?.address ?? local(port);
  for (let number = 1; number <= count; number++) {
    const name = `server-${number}`;
    if (!names.has(name)) await writeServer(folder, { name, address, port: port + number });
  }
  const all = await presentInstances(folder, wanted);
  return wanted.servers === undefined ? all : all.filter((part) => isAmong(part, count));
}

/** With a port of its own, a cluster of a clone no longer uses the files that the clone comes with. */
async function presentInstances(
  folder: ClusterFolder,
  { port }: WantedInstances,
): Promise<readonly Instance[]> {
  if (port === undefined) return await findInstances(folder);
  const [own] = folder.instanceFolders;
  const present = await findInstances({ ...folder, instanceFolders: [own] });
  const frontend = present.find((instance) => instance.kind === 'frontend');
  if (!frontend || Number(new URL(frontend.config.listen).port) === port) return present;
  throw new HoldfastError(
    'already-exists',
    `The cluster in ${folder.path} has its frontend at ${frontend.config.listen}. Leave out --port, or make another cluster with --data.`,
  );
}

function isAmong(instance: Instance, servers: number): boolean {
  if (instance.kind === 'frontend') return true;
  const number = /^server-(\d+)$/.exec(instance.config.name)?.[1];
  return number !== undefined && Number(number) <= servers;
}

function checkRange({ servers, port }: WantedInstances): void {
  if (servers !== undefined && !isBetween(servers, 1, CLUSTER_LIMITS.servers)) {
    throw new HoldfastError(
      'invalid-argument',
      `--servers must be a whole number from 1 to ${CLUSTER_LIMITS.servers}.`,
    );
  }
  const highest = 65_535 - CLUSTER_LIMITS.servers;
  if (port !== undefined && !isBetween(port, 1, highest)) {
    throw new HoldfastError(
      'invalid-argument',
      `--port must be a whole number from 1 to ${highest}; the servers take the ports above it.`,
    );
  }
}

function isBetween(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}

async function writeFrontend(folder: ClusterFolder, port: number): Promise<void> {
  await writeInstance(folder, 'frontend', 'frontend.json', {
    name: 'frontend',
    listen: local(port),
    data: 'frontend',
    clusterKey: 'cluster.key',
    administrator: { user: 'admin', passwordFile: 'admin.password' },
  });
}

async function writeServer(
  folder: ClusterFolder,
  server: { name: string; address: string; port: number },
): Promise<void> {
  await writeInstance(folder, server.name, 'server.json', {
    name: server.name,
    listen: local(server.port),
    data: server.name,
    frontends: [server.address],
    clusterKey: 'cluster.key',
  });
}

/** Writes an instance file that only its owner may read; returns its path. */
export async function writeInstance(
  folder: ClusterFolder,
  name: string,
  fileName: string,
  content: object,
): Promise<string> {
  const own = join(folder.instanceFolders[0], name);
  await makeFolders(own, 0o700);
  const file = join(own, fileName);
  await writeFile(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  return file;
}

function local(port: number): string {
  return `ws://127.0.0.1:${port}`;
}
