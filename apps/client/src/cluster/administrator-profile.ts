import { basename } from 'node:path';
import { userPaths } from '../profile/paths.ts';
import { readProfiles, saveProfile, type Profiles } from '../profile/profiles.ts';
import type { ClusterFolder } from './cluster-folder.ts';

/** How the user logs in as the administrator of a cluster of this machine. */
export interface Administrator {
  /** The frontend's address. */
  readonly address: string;
  readonly user: string;
  readonly password: string;
}

/**
 * Saves it as a profile of the user's, for their eyes only, and makes that the one that is used where
 * none is named. Other profiles stay. Returns the file that they are in.
 */
export async function saveAdministrator(
  folder: ClusterFolder,
  { address, user, password }: Administrator,
): Promise<string> {
  const { config } = userPaths(process.env);
  const name = chooseName(await readProfiles(config), folder, address);
  await saveProfile(config, name, { addresses: [address], user, password });
  return config;
}

/** The folder's name, as `local` in a clone; with a number if that is another cluster's profile. */
function chooseName({ profiles }: Profiles, folder: ClusterFolder, address: string): string {
  const base =
    basename(folder.path)
      .replace(/[^\w.-]/g, '-')
      .slice(0, 50) || 'local';
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    const known = profiles[name];
    if (known === undefined || known.addresses.includes(address)) return name;
  }
}
