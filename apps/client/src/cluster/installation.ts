import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { HoldfastError } from '@holdfast/contracts';

/** The programs that a cluster is made of, by the name of their file in `dist/`. */
export type Program = 'frontend' | 'file-server';

/** Where this Holdfast is installed: a clone of the repository, or a package of npm. */
export interface Installation {
  /** The folder that holds `dist/`. */
  readonly root: string;
  readonly isClone: boolean;
  /** Where a cluster of this machine keeps everything, unless the user names another folder. */
  readonly clusterFolder: string;
}

/** Throws `not-found` in the client that is one file, since it comes without the other programs. */
export function findInstallation(): Installation {
  const root = findRoot(dirname(fileURLToPath(import.meta.url)));
  if (root === undefined) {
    throw new HoldfastError(
      'not-found',
      'This is the client alone. Install the whole package, holdfast-VERSION.tgz, to run a cluster here.',
    );
  }
  const clone = isClone(root);
  return { root, isClone: clone, clusterFolder: clone ? join(root, 'local') : dataHome() };
}

/** The bundled file of `program`; in a clone it is made first if the sources are younger. */
export async function preparePrograms(
  installation: Installation,
): Promise<(program: Program) => string> {
  if (installation.isClone) {
    const bundler = pathToFileURL(join(installation.root, 'tools', 'bundle.mjs')).href;
    const { bundleIfStale } = (await import(bundler)) as {
      bundleIfStale: () => Promise<void>;
    };
    await bundleIfStale();
  }
  return (program) => join(installation.root, 'dist', `${program}.mjs`);
}

/**
 * The nearest folder above with the package `holdfast` itself, from source and from bundle alike. Some
 * other copy of its `package.json` that lies there is none, if there are no programs beside it.
 */
function findRoot(folder: string): string | undefined {
  const manifest = join(folder, 'package.json');
  const hasPrograms = isClone(folder) || existsSync(join(folder, 'dist', 'frontend.mjs'));
  if (hasPrograms && existsSync(manifest)) {
    const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: unknown };
    if (name === 'holdfast') return folder;
  }
  const parent = dirname(folder);
  return parent === folder ? undefined : findRoot(parent);
}

function isClone(folder: string): boolean {
  return existsSync(join(folder, 'tools', 'bundle.mjs'));
}

function dataHome(): string {
  const base = process.env['XDG_DATA_HOME'] || join(homedir(), '.local', 'share');
  return join(base, 'holdfast');
}
