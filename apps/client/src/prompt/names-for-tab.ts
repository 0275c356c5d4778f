import { readdir } from 'node:fs/promises';
import type { HoldfastClient } from '@holdfast/sdk';
import { openClusterFolder } from '../cluster/cluster-folder.ts';
import { findInstances } from '../cluster/instance.ts';
import type { OperandKind } from '../commands/command.ts';
import { CLIENT_LIMITS } from '../limits.ts';
import { resolveLocal } from '../operands/local-operands.ts';
import { nameOf, remotePath } from '../operands/remote-path.ts';
import type { Place } from '../place.ts';

/** A name that Tab may offer. */
export interface Candidate {
  readonly name: string;
  readonly folder: boolean;
}

/** Where names are looked for. */
export interface TabPlace {
  /** The connection, if there is one: Tab opens none. */
  readonly client: HoldfastClient | undefined;
  readonly place: Place;
  /** The folder of the word that is being typed; empty where it names none. */
  readonly folder: string;
  /** The folder of the cluster that the line names. */
  readonly clusterFolder: string | undefined;
}

/** All names of a kind. What cannot be listed has none: Tab is a courtesy, and says no errors. */
export async function namesForTab(
  kind: OperandKind,
  place: TabPlace,
): Promise<readonly Candidate[]> {
  try {
    return await SOURCES[kind](place);
  } catch {
    return [];
  }
}

type Source = (place: TabPlace) => Promise<readonly Candidate[]>;

const OPTIONS = { timeoutMs: CLIENT_LIMITS.completionMs };

const SOURCES: Readonly<Record<OperandKind, Source>> = {
  none: () => Promise.resolve([]),
  local: localNames,
  'local-folder': async (place) => (await localNames(place)).filter(({ folder }) => folder),
  remote: remoteNames,
  'remote-folder': async (place) => (await remoteNames(place)).filter(({ folder }) => folder),
  deleted: withClient(async ({ files }) => {
    const { entries } = await files.listTrash({ limit: 1000 }, OPTIONS);
    return [...new Set(entries.map(({ path }) => nameOf(path)))];
  }),
  server: withClient(async ({ cluster }) => {
    const { status } = await cluster.status({}, OPTIONS);
    return status.servers.map(({ name }) => name);
  }),
  user: withClient(async ({ users }) => {
    const found = await users.list({}, OPTIONS);
    return found.users.map(({ user }) => user);
  }),
  part: async ({ clusterFolder }) => {
    const parts = await findInstances(openClusterFolder(clusterFolder));
    return parts.map(({ config }) => ({ name: config.name, folder: false }));
  },
};

function withClient(names: (client: HoldfastClient) => Promise<readonly string[]>): Source {
  return async ({ client }) => {
    if (client?.state.kind !== 'ready') return [];
    return (await names(client)).map((name) => ({ name, folder: false }));
  };
}

async function localNames({ folder, place }: TabPlace): Promise<readonly Candidate[]> {
  const path = resolveLocal(place.localFolder, folder, true);
  const entries = await readdir(path, { withFileTypes: true });
  return entries.map((entry) => ({ name: entry.name, folder: entry.isDirectory() }));
}

async function remoteNames({ client, folder, place }: TabPlace): Promise<readonly Candidate[]> {
  if (client?.state.kind !== 'ready') return [];
  const path = remotePath(folder || '.', place.of(client.account.user));
  const { entries } = await client.files.list({ path, limit: 1000 }, OPTIONS);
  return entries.map(({ name, kind }) => ({ name, folder: kind === 'folder' }));
}
