import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { HoldfastError } from '@holdfast/contracts';
import { installClusterKey, isLoopback, readInvite } from '@holdfast/host';
import type { ClusterFolder } from './cluster-folder.ts';
import { CLUSTER_LIMITS } from './limits.ts';
import { writeInstance } from './make-instances.ts';

const DEFAULT_PORT = 7401;

export interface JoinOptions {
  /** Where the cluster reaches this machine; otherwise its address on the way to a frontend. */
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

export interface JoinedServer {
  readonly name: string;
  /** The instance file that was written. */
  readonly file: string;
  readonly address: string;
}

/**
 * Writes what the line of `server invite` says into the cluster's folder: the cluster key, and a
 * `server.json` for this machine. Nothing is started. Rejects with `already-exists` if there is such
 * a server or another key, and with `invalid-argument` if the line was cut or changed.
 */
export async function joinCluster(
  folder: ClusterFolder,
  line: string,
  options: JoinOptions = {},
  joinMs: number = CLUSTER_LIMITS.joinMs,
): Promise<JoinedServer> {
  const { name, frontends, key } = readInvite(line);
  const planned = join(folder.instanceFolders[0], name, 'server.json');
  if (existsSync(planned)) {
    throw new HoldfastError(
      'already-exists',
      `${planned} is there already. Remove it if this machine is to join anew.`,
    );
  }
  const host = options.host ?? (await ownHostTowards(frontends, joinMs));
  const port = options.port ?? DEFAULT_PORT;
  const address = `ws://${bracketed(host)}:${port}`;
  const inClear = [address, ...frontends].some(isClearAbroad);
  await installClusterKey(folder.key, key);
  const file = await writeInstance(folder, name, 'server.json', {
    name,
    listen: isLoopback(host) ? address : `ws://0.0.0.0:${port}`,
    address,
    data: name,
    frontends,
    clusterKey: 'cluster.key',
    ...(inClear && { insecure: true }),
  });
  return { name, file, address };
}

/** The address that this machine has in the network of the first frontend that answers. */
async function ownHostTowards(frontends: readonly string[], joinMs: number): Promise<string> {
  for (const frontend of frontends) {
    const host = await localAddressTowards(new URL(frontend), joinMs);
    if (host !== undefined) return host;
  }
  throw new HoldfastError(
    'unavailable',
    `No frontend answers at ${frontends.join(', ')}. Check the network and the firewall, or say with --host at which address the cluster reaches this machine.`,
  );
}

async function localAddressTowards(
  { hostname, port }: URL,
  joinMs: number,
): Promise<string | undefined> {
  return await new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
    const end = (host: string | undefined): void => {
      socket.destroy();
      resolve(host);
    };
    socket.setTimeout(joinMs, () => end(undefined));
    socket.once('connect', () => end(socket.localAddress));
    socket.once('error', () => end(undefined));
  });
}

function isClearAbroad(address: string): boolean {
  return address.startsWith('ws:') && !isLoopback(new URL(address).hostname);
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}
