import type { FileId } from '@holdfast/contracts';
import { randomHex } from '@holdfast/kernel';
import type { DirectorySettings } from '../directory.ts';
import type { DirectoryParts } from '../parts.ts';
import { writeSettings } from '../stores/settings.ts';
import { dentries } from '../tables/dentries.ts';
import { putFolder } from './make-folder.ts';
import { parsePath } from './path.ts';
import { resolve } from './resolve.ts';
import {
  ADMINISTRATOR,
  HOME_ID,
  HOME_NAME,
  ROOT_ID,
  SHARED_ID,
  SHARED_NAME,
} from './well-known.ts';

const ROOTS = [
  { name: HOME_NAME, id: HOME_ID },
  { name: SHARED_NAME, id: SHARED_ID },
];

/**
 * Makes `/home` and `/shared` where they are missing. The root needs no record. Where there was
 * neither, the directory is new, and its settings are these.
 */
export async function ensureRoots(
  { runner }: DirectoryParts,
  settings: Partial<DirectorySettings> = {},
): Promise<void> {
  await runner.transact(async (tx) => {
    let made = 0;
    for (const { name, id } of ROOTS) {
      if (await tx.get(dentries, ROOT_ID, name)) continue;
      putFolder(tx, { folder: ROOT_ID, name }, { id, owner: ADMINISTRATOR });
      made++;
    }
    if (made === ROOTS.length) await writeSettings(tx, settings);
  });
}

/** Makes a user's home where it is missing. One that is there is left as it is. */
export async function ensureHome({ runner, random }: DirectoryParts, user: string): Promise<void> {
  const path = parsePath(`/${HOME_NAME}/${user}`);
  const id = randomHex(random, 16) as FileId;
  await runner.transact(async (tx) => {
    const target = await resolve(tx, path);
    if (!target.dentry) putFolder(tx, target, { id, owner: user, mode: 0o700 });
  });
}
