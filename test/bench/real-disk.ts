import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** File systems in memory, by the number that `statfs` tells. */
const IN_MEMORY = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
]);
const CLONE = dirname(dirname(fileURLToPath(import.meta.url)));

/** A folder of the bench's own, which is removed with all that is in it. */
export interface Scratch extends AsyncDisposable {
  readonly path: string;
  readonly notices: readonly string[];
}

export interface ScratchWish {
  /** The parent that the user named. */
  readonly folder: string | undefined;
  readonly bytes: number;
  /** Whether memory will do where there is no disk. */
  readonly memoryWillDo: boolean;
}

/**
 * Makes a folder on a real disk: in the named one, under the system's temporary folder, or beside the
 * clone. Rejects if all of these are in memory, or where the space does not suffice.
 */
export async function makeScratch(wish: ScratchWish): Promise<Scratch> {
  const candidates = wish.folder === undefined ? [tmpdir(), dirname(CLONE)] : [wish.folder];
  const found = await Promise.all(candidates.map(describe));
  const disk = found.find(({ memory }) => memory === undefined);
  const parent = disk ?? (wish.memoryWillDo ? found[0] : undefined);
  if (!parent) throw new Error(allInMemory(candidates));
  if (parent.freeBytes < wish.bytes) throw new Error(tooSmall(parent.path, wish.bytes));
  const path = await mkdtemp(join(parent.path, 'holdfast-bench-'));
  return {
    path,
    notices: parent.memory
      ? [`${path} is in memory (${parent.memory}): syncing costs nothing there.`]
      : [],
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

async function describe(
  path: string,
): Promise<{ path: string; memory: string | undefined; freeBytes: number }> {
  const { type, bavail, bsize } = await statfs(path);
  return { path, memory: IN_MEMORY.get(type), freeBytes: bavail * bsize };
}

function allInMemory(folders: readonly string[]): string {
  return `The bench needs a real disk, and these folders are in memory: ${folders.join(', ')}. Name one with --folder.`;
}

function tooSmall(path: string, bytes: number): string {
  return `${path} has not the ${Math.ceil(bytes / 1e9)} GB free that the bench needs. Name another folder with --folder.`;
}
