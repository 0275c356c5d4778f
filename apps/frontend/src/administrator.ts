import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders } from '@holdfast/host';
import { HoldfastError } from '@holdfast/contracts';
import type { Auth } from '@holdfast/auth';
import type { FrontendConfig, Log } from '@holdfast/host';

const PASSWORD_BYTES = 15;

/**
 * Makes the first account where there is none. Its password is the content of the configured file,
 * or is generated into it, readable by its owner only.
 */
export async function ensureAdministrator(
  auth: Auth,
  { administrator }: FrontendConfig,
  log: Log,
): Promise<void> {
  if (!administrator) return;
  const { user, passwordFile } = administrator;
  const password = (await presentPassword(passwordFile)) ?? (await makePassword(passwordFile));
  if (await auth.ensureAdministrator({ user, password })) {
    log.info({}, `Made the administrator ${user}; the password is in ${passwordFile}`);
  }
}

async function presentPassword(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new HoldfastError('internal', `The administrator's password in ${file} is unreadable.`, {
      cause: error,
    });
  }
}

async function makePassword(file: string): Promise<string> {
  const password = randomBytes(PASSWORD_BYTES).toString('base64url');
  await makeFolders(dirname(file));
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(`${password}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return password;
}
