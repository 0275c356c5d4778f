import { readFile, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLineOf } from '@holdfast/host';
import { safeText } from '../display/safe-text.ts';
import type { ClusterFolder } from './cluster-folder.ts';

/**
 * Says which other clusters of this user run on this machine, for whoever forgot that theirs is
 * elsewhere; undefined if there is none. Parts run in the folder of their cluster, and are named
 * there with their process ids.
 */
export async function pointerToOthers({ path }: ClusterFolder): Promise<string | undefined> {
  const others = new Set<string>();
  for (const pid of await processIds()) {
    const folder = await folderOfPart(pid);
    if (folder !== undefined && folder !== path) others.add(folder);
  }
  if (others.size === 0) return undefined;
  const named = [...others].sort().map((folder) => `  --data ${safeText(folder)}`);
  const what = others.size === 1 ? 'Another cluster runs' : `${others.size} other clusters run`;
  return [`${what} on this machine. To mean it, add:`, ...named].join('\n');
}

async function processIds(): Promise<readonly number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

async function folderOfPart(pid: number): Promise<string | undefined> {
  if (!(await commandLineOf(pid))?.includes(' --config ')) return undefined;
  // Of another user's processes this cannot be read.
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  if (folder === undefined) return undefined;
  const run = join(folder, 'run');
  const files = (await readdir(run).catch(() => [])).filter((name) => name.endsWith('.pid'));
  for (const file of files) {
    const noted = await readFile(join(run, file), 'utf8').catch(() => '');
    if (noted.trim() === String(pid)) return folder;
  }
  return undefined;
}
