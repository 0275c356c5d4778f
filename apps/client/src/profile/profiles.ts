import { stat } from 'node:fs/promises';
import { HoldfastError, isHoldfastError } from '@holdfast/contracts';
import { readConfigFile } from '@holdfast/host';
import * as z from 'zod';
import { parseAddress } from './address.ts';
import { writePrivateFile } from './private-file.ts';

const FORMAT = 1;

const address = z.string().refine(isAddress, 'expected an address such as "ws://10.0.0.5:7400"');
const NAME_CHARACTERS = 64;
const profileName = z
  .string()
  .max(NAME_CHARACTERS)
  .regex(/^[\w.-]+$/, 'expected letters, digits, dot, hyphen and underscore');

/** A cluster, and who one is there. */
export interface Profile {
  /** Frontends of one cluster, tried in turn. */
  readonly addresses: readonly string[];
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** What `config.json` says. */
export interface Profiles {
  readonly format: number;
  /** The profile that is used where none is named. */
  readonly default?: string | undefined;
  readonly profiles: Readonly<Record<string, Profile>>;
}

const profile = z.strictObject({
  addresses: z.array(address).min(1),
  user: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
});

const configFile = z.strictObject({
  format: z.literal(FORMAT, `this program reads format ${FORMAT}`).default(FORMAT),
  default: profileName.optional(),
  profiles: z.record(profileName, profile).default({}),
});

/** Reads the user's profiles; none if there is no file. Errors name file, line and fix. */
export async function readProfiles(path: string): Promise<Profiles> {
  try {
    const profiles = await readConfigFile<Profiles>(path, configFile);
    const { default: named } = profiles;
    if (named !== undefined && !(named in profiles.profiles)) {
      throw new HoldfastError(
        'invalid-argument',
        `${path}: "default" names the profile "${named}", which is not there. Correct the name, or add the profile.`,
      );
    }
    return profiles;
  } catch (error) {
    if (isHoldfastError(error, 'not-found')) return { format: FORMAT, profiles: {} };
    throw error;
  }
}

/** Whether a profile is that of `user` at these frontends, or at these and more. */
export function isProfileOf(
  profile: Profile,
  { addresses, user }: { addresses: readonly string[]; user: string },
): boolean {
  const { addresses: own } = profile;
  return profile.user === user && addresses.every((address) => own.includes(address));
}

/**
 * The name under which a login is remembered: that of the profile which it has already, `name`, or
 * one with the user's name behind, so that another user's password is not lost.
 */
export function profileNameFor(
  { profiles }: Profiles,
  name: string,
  login: { readonly addresses: readonly string[]; readonly user: string },
): string {
  // The end of a long one tells more: port and user are there.
  const wanted = name.slice(-NAME_CHARACTERS);
  const present = profiles[wanted];
  if (present && isProfileOf(present, login)) return wanted;
  const known = Object.entries(profiles).find(([, one]) => isProfileOf(one, login));
  if (known) return known[0];
  if (present?.password === undefined || present.user === login.user) return wanted;
  return `${wanted}-${login.user}`.slice(-NAME_CHARACTERS);
}

/** Adds or replaces one profile, and makes it the one that is used where none is named. */
export async function saveProfile(path: string, name: string, saved: Profile): Promise<void> {
  const before = await readProfiles(path);
  const profiles: Profiles = {
    ...before,
    default: name,
    profiles: { ...before.profiles, [name]: saved },
  };
  await writePrivateFile(path, `${JSON.stringify(profiles, null, 2)}\n`);
}

/** Whether others on this computer can read a file that holds a password. */
export async function isExposed(path: string, profiles: Profiles): Promise<boolean> {
  const secret = Object.values(profiles.profiles).some(({ password }) => password !== undefined);
  if (!secret || process.platform === 'win32') return false;
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && (found.mode & 0o077) !== 0;
}

function isAddress(text: string): boolean {
  try {
    parseAddress(text);
    return true;
  } catch {
    return false;
  }
}
