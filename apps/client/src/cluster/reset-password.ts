import { randomBytes } from 'node:crypto';
import { leavePasswordReset } from '@holdfast/host';
import { saveAdministrator } from './administrator-profile.ts';
import { awaitStarted } from './await-ready.ts';
import type { ClusterFolder } from './cluster-folder.ts';
import { startAll } from './cluster-up.ts';
import { frontendOf } from './instance.ts';
import { runningPid, stopPart } from './part-process.ts';

const PASSWORD_BYTES = 15;

export interface ResetOptions {
  /** The file of the frontend, where it is not one of the cluster's folder. */
  readonly config?: string | undefined;
  readonly user?: string | undefined;
}

/**
 * Gives an administrator a new password without a login: whoever can write to the frontend's data
 * folder may do that. It is set when the frontend starts; one that runs in the background here is
 * started anew. The password goes into the user's profile. Returns lines that tell what was done.
 */
export async function resetPassword(
  folder: ClusterFolder,
  options: ResetOptions,
): Promise<readonly string[]> {
  const instance = await frontendOf(folder, options.config);
  const { config } = instance;
  const user = options.user ?? config.administrator?.user ?? 'admin';
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  await leavePasswordReset(config, { user, password });
  const profile = await saveAdministrator(folder, { address: config.address, user, password });
  const kept = `The new password of ${user} is in your profile: ${profile}`;
  if ((await runningPid(folder, instance)) === undefined) {
    return [kept, `It holds from the next start of ${config.name} on.`];
  }
  await stopPart(folder, instance);
  await startAll(folder, [instance]);
  await awaitStarted(folder, instance);
  return [kept, `It holds from now on: ${config.name} was started anew.`];
}
