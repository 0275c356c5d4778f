import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { password, userName } from '@holdfast/contracts';
import * as z from 'zod';
import type { FrontendConfig } from './instance-config.ts';
import { makeFolders } from './make-folders.ts';

/** A password that the owner of the frontend's machine sets, since nobody can log in to do it. */
export interface PasswordReset {
  readonly user: string;
  readonly password: string;
}

const content = z.strictObject({ user: userName, password });

/** Leaves a reset in the frontend's data folder, where it is found at the next start. */
export async function leavePasswordReset(
  config: Pick<FrontendConfig, 'data'>,
  reset: PasswordReset,
): Promise<void> {
  await makeFolders(config.data, 0o700);
  const file = fileOf(config);
  await writeFile(`${file}.new`, JSON.stringify(reset), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/**
 * Applies a reset that was left, and forgets it once that has succeeded. Returns whose password was
 * set, or undefined if none was left. Rejects as `apply` does, or if the file holds no reset.
 */
export async function applyPasswordReset(
  config: Pick<FrontendConfig, 'data'>,
  apply: (reset: PasswordReset) => Promise<void>,
): Promise<string | undefined> {
  const text = await readFile(fileOf(config), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const reset = content.parse(JSON.parse(text));
  await apply(reset);
  await rm(fileOf(config));
  return reset.user;
}

function fileOf({ data }: Pick<FrontendConfig, 'data'>): string {
  return join(data, 'password-reset.json');
}
