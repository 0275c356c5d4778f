import { HoldfastError } from '@holdfast/contracts';
import { parseAddresses } from './address.ts';
import type { Environment } from './paths.ts';
import { isProfileOf, type Profile, type Profiles } from './profiles.ts';

/** What the command line says about the cluster to talk to. */
export interface AccessFlags {
  readonly profile?: string | undefined;
  readonly address?: string | undefined;
  readonly user?: string | undefined;
}

/** Which cluster to talk to, and as whom. */
export interface Access {
  /** The profile that it comes from; undefined if address and user were all given otherwise. */
  readonly profile: string | undefined;
  readonly addresses: readonly string[];
  /** Undefined where it must be asked for. */
  readonly user: string | undefined;
  readonly password: string | undefined;
}

/**
 * Flags come before the environment, and that before the profile. A profile's password goes only to
 * the profile's own frontends, and only for its own user; where that is who is meant, it need not be
 * the profile that is in use. `invalid-argument` if nothing names a cluster.
 */
export function resolveAccess(flags: AccessFlags, env: Environment, profiles: Profiles): Access {
  const name = flags.profile ?? env['HOLDFAST_PROFILE'] ?? profiles.default ?? onlyName(profiles);
  const profile = name === undefined ? undefined : profiles.profiles[name];
  if (name !== undefined && !profile) throw noProfile(name, profiles);
  const given = flags.address ?? env['HOLDFAST_ADDRESS'];
  const addresses = given ? parseAddresses(given) : profile?.addresses;
  if (!addresses || addresses.length === 0) throw noCluster();
  // An empty name is none, as in the environment of a script.
  const user = flags.user || env['HOLDFAST_USER'] || profile?.user;
  const known = [...(profile ? [profile] : []), ...Object.values(profiles.profiles)];
  const password = env['HOLDFAST_PASSWORD'] ?? knownPassword(known, addresses, user);
  return { profile: name, addresses, user, password };
}

function knownPassword(
  profiles: readonly Profile[],
  addresses: readonly string[],
  user: string | undefined,
): string | undefined {
  if (user === undefined) return undefined;
  const known = profiles.find(
    (one) => one.password !== undefined && isProfileOf(one, { addresses, user }),
  );
  return known?.password;
}

function onlyName({ profiles }: Profiles): string | undefined {
  const names = Object.keys(profiles);
  return names.length === 1 ? names[0] : undefined;
}

function noProfile(name: string, { profiles }: Profiles): HoldfastError {
  const names = Object.keys(profiles);
  const there = names.length > 0 ? `Known: ${names.join(', ')}.` : 'There is none yet.';
  return new HoldfastError('not-found', `There is no profile "${name}". ${there}`);
}

function noCluster(): HoldfastError {
  return new HoldfastError(
    'invalid-argument',
    'No cluster is known yet. Start one on this computer with npm start (in a clone), or name one: holdfast connect ws://HOST:7400 -u USER.',
  );
}
