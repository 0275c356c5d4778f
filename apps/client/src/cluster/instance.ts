import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError } from '@holdfast/contracts';
import {
  loadFrontendConfig,
  loadServerConfig,
  type FrontendConfig,
  type ServerConfig,
} from '@holdfast/host';
import type { ClusterFolder } from './cluster-folder.ts';

/** One part of a cluster, as its file describes it. */
export type Instance =
  | { readonly kind: 'frontend'; readonly config: FrontendConfig }
  | { readonly kind: 'server'; readonly config: ServerConfig };

/** All instances of a cluster on this machine: frontends first, then servers, each by name. */
export async function findInstances(folder: ClusterFolder): Promise<readonly Instance[]> {
  const found = new Map<string, Instance>();
  for (const base of folder.instanceFolders) {
    for (const name of await namesIn(base)) {
      const instance = found.has(name) ? undefined : await readInstance(join(base, name));
      if (instance) found.set(name, instance);
    }
  }
  return [...found.values()].sort(byKindAndName);
}

/** The instance called `name`; `not-found`, with the names that there are, if there is none. */
export function instanceNamed(instances: readonly Instance[], name: string): Instance {
  const found = instances.find((instance) => instance.config.name === name);
  if (found) return found;
  const names = instances.map((instance) => instance.config.name).join(', ');
  throw new HoldfastError(
    'not-found',
    names
      ? `There is no part called ${name} here. There are ${names}.`
      : 'There is no cluster here yet. Make one with: holdfast cluster up',
  );
}

/** The frontend of the cluster, or the one of the file that the user named. */
export async function frontendOf(
  folder: ClusterFolder,
  file: string | undefined,
): Promise<Extract<Instance, { kind: 'frontend' }>> {
  if (file !== undefined) return { kind: 'frontend', config: await loadFrontendConfig(file) };
  for (const instance of await findInstances(folder)) {
    if (instance.kind === 'frontend') return instance;
  }
  throw new HoldfastError(
    'not-found',
    `There is no frontend in ${folder.path}. Do this on the frontend's machine, and name its file with --config.`,
  );
}

async function namesIn(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function readInstance(folder: string): Promise<Instance | undefined> {
  const frontend = join(folder, 'frontend.json');
  if (existsSync(frontend)) return { kind: 'frontend', config: await loadFrontendConfig(frontend) };
  const server = join(folder, 'server.json');
  if (existsSync(server)) return { kind: 'server', config: await loadServerConfig(server) };
  return undefined;
}

function byKindAndName(a: Instance, b: Instance): number {
  if (a.kind !== b.kind) return a.kind === 'frontend' ? -1 : 1;
  return a.config.name.localeCompare(b.config.name, 'en', { numeric: true });
}
