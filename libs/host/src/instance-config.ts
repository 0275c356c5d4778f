import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { HoldfastError, instanceName, userName } from '@holdfast/contracts';
import * as z from 'zod';
import { readConfigFile } from './config-file.ts';

/** A WebSocket address: `ws://host:port` or `wss://host:port`. */
const address = z.string().refine(isAddress, 'expected an address such as "ws://10.0.0.5:7401"');
const listen = z
  .string()
  .refine(
    (text) => isAddress(text) && text.startsWith('ws:'),
    'expected an address to listen at, such as "ws://127.0.0.1:7401"',
  );
const filePath = z.string().min(1);

const sharedKeys = {
  name: instanceName,
  listen,
  /** What others reach it at, where that is not `listen`. */
  address: address.optional(),
  data: filePath,
  clusterKey: filePath,
  /** Accepts that passwords and data travel in clear: needed off loopback. */
  insecure: z.boolean().default(false),
  /** Lets whoever sends it as a bearer token read `/metrics` from another machine. */
  metricsToken: z.string().min(16).optional(),
};

const serverFile = z.strictObject({
  ...sharedKeys,
  frontends: z.array(address).min(1, 'name at least one frontend, such as ["ws://10.0.0.1:7400"]'),
});

const frontendFile = z.strictObject({
  ...sharedKeys,
  agreement: z.strictObject({ kind: z.literal('file') }).default({ kind: 'file' }),
  /** Copies of a new file, when the directory is new. */
  copies: z.union([z.int().min(1).max(64), z.literal('all')]).default(3),
  /** Whom the frontend makes an account for when it has none, and where the password is kept. */
  administrator: z.strictObject({ user: userName, passwordFile: filePath }).optional(),
});

/** What both kinds of instance have; all paths are absolute. */
interface InstanceConfig {
  /** The file that this was read from. */
  readonly file: string;
  readonly name: string;
  /** Where it listens: `ws://host:port`. */
  readonly listen: string;
  /** Where others reach it. */
  readonly address: string;
  /** Its data folder. */
  readonly data: string;
  /** The file of the cluster key, for `ensureClusterKey`. */
  readonly clusterKey: string;
  readonly insecure: boolean;
  /** Opens `/metrics` to who shows it; without it only this machine may read them. */
  readonly metricsToken?: string | undefined;
}

/** What `server.json` says, with all defaults. */
export interface ServerConfig extends InstanceConfig {
  /** Addresses of frontends, to be tried in turn. */
  readonly frontends: readonly string[];
}

/** What `frontend.json` says, with all defaults. */
export interface FrontendConfig extends InstanceConfig {
  readonly agreement: { readonly kind: 'file' };
  /** Copies of a new file, when the directory is new. */
  readonly copies: number | 'all';
  /** Whom to make an account for when there is none, and the file of the password. */
  readonly administrator?: { readonly user: string; readonly passwordFile: string };
}

/** Rejects with a message that names file, line and fix: see `readConfigFile`. */
export async function loadServerConfig(file: string): Promise<ServerConfig> {
  const config = await readConfigFile(file, serverFile);
  refuseClearText(file, config, config.frontends);
  return { ...config, ...resolved(file, config) };
}

/** Rejects with a message that names file, line and fix: see `readConfigFile`. */
export async function loadFrontendConfig(file: string): Promise<FrontendConfig> {
  const { administrator, ...config } = await readConfigFile(file, frontendFile);
  refuseClearText(file, config, []);
  if (!administrator) return { ...config, ...resolved(file, config) };
  const passwordFile = resolveBeside(file, administrator.passwordFile);
  return {
    ...config,
    ...resolved(file, config),
    administrator: { user: administrator.user, passwordFile },
  };
}

/** What a part says at its start if it may send passwords and data in clear; otherwise undefined. */
export function clearTextNotice(config: ServerConfig | FrontendConfig): string | undefined {
  if (!config.insecure) return undefined;
  return `"insecure" is true in ${config.file}: passwords and data travel in clear. Use this only in a network that you trust.`;
}

/**
 * Relative paths of an instance file are meant from the folder that holds `cluster/`, so that all
 * instances of a clone share its `local/`; from the file's own folder if it stands elsewhere.
 */
export function resolveBeside(file: string, path: string): string {
  if (isAbsolute(path)) return path;
  const folder = dirname(resolve(file));
  const ofCluster = basename(dirname(folder)) === 'cluster';
  return join(ofCluster ? dirname(dirname(folder)) : folder, path);
}

/** Whether what is sent to `host` stays on this machine. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '');
  return bare === 'localhost' || bare === '::1' || /^127\.\d+\.\d+\.\d+$/.test(bare);
}

type SharedFile = Pick<InstanceConfig, 'listen' | 'data' | 'clusterKey' | 'insecure'> & {
  readonly address?: string | undefined;
};

function resolved(
  file: string,
  config: SharedFile,
): Pick<InstanceConfig, 'file' | 'address' | 'data' | 'clusterKey'> {
  const { hostname } = new URL(config.listen);
  if (config.address === undefined && (hostname === '0.0.0.0' || hostname === '[::]')) {
    throw new HoldfastError(
      'invalid-argument',
      `${file}: it listens at every address of this machine, so it must say at which of them others reach it. Add "address": "ws://…".`,
      { details: { file } },
    );
  }
  return {
    file,
    address: config.address ?? config.listen,
    data: resolveBeside(file, config.data),
    clusterKey: resolveBeside(file, config.clusterKey),
  };
}

function refuseClearText(file: string, config: SharedFile, peers: readonly string[]): void {
  if (config.insecure) return;
  const inClear = [config.listen, ...(config.address ? [config.address] : []), ...peers].find(
    (text) => text.startsWith('ws:') && !isLoopback(new URL(text).hostname),
  );
  if (inClear === undefined) return;
  throw new HoldfastError(
    'invalid-argument',
    `${file}: ${inClear} is not on this machine, and passwords and data would travel to it in clear. If you trust the network between, add "insecure": true.`,
    { details: { file } },
  );
}

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const plain = url.pathname === '/' && !url.username && !url.search && !url.hash;
  return (url.protocol === 'ws:' || url.protocol === 'wss:') && url.hostname !== '' && plain;
}
