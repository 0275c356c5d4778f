import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
export const DIST = join(ROOT, 'dist');

/** Every program that a user gets, by the name of its file in `dist/`, with where it begins. */
export const PROGRAMS = {
  holdfast: 'apps/client/src/main.ts',
  frontend: 'apps/frontend/src/main.ts',
  'password-process': 'apps/frontend/src/password-process.ts',
  'file-server': 'apps/file-server/src/main.ts',
};

/** Programs of a clone only. */
const CLONE_PROGRAMS = {
  demo: 'apps/client/src/demo/main.ts',
  bench: 'test/bench/main.ts',
  fuzz: 'test/fuzz/main.ts',
};

/** Packages with a compiled part; they are looked up where the program stands. */
export const NATIVE_PACKAGES = ['classic-level', 'argon2', '@napi-rs/blake-hash'];

/** What CommonJS code inside an ESM bundle needs in order to load Node's own modules. */
const BANNER =
  "import { createRequire as __createRequire } from 'node:module';" +
  'const require = __createRequire(import.meta.url);';

/** Options of esbuild that all programs share. */
export const BUNDLE_OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  conditions: ['@holdfast/source'],
  external: NATIVE_PACKAGES,
  banner: { js: BANNER },
  legalComments: 'none',
  logLevel: 'warning',
  // Statements with this label are for tests, which kill processes where they stand.
  dropLabels: ['POINT'],
};

/** Bundles all programs into `dist/`. Each file is replaced at once, so a running start never sees half of one. Returns esbuild's account of what went in. */
export async function bundle() {
  const { build } = await import('esbuild');
  const { outputFiles, metafile } = await build({
    ...BUNDLE_OPTIONS,
    entryPoints: { ...PROGRAMS, ...CLONE_PROGRAMS },
    outdir: DIST,
    outExtension: { '.js': '.mjs' },
    sourcemap: 'linked',
    metafile: true,
    write: false,
  });
  await mkdir(DIST, { recursive: true });
  for (const file of outputFiles) await replaceFile(file.path, file.contents);
  return metafile;
}

/**
 * Bundles the parts of a cluster for tests, with the points at which tests kill them, into a folder of
 * its own. Nothing that a user runs ever looks there.
 */
async function bundleWithPoints() {
  const { build } = await import('esbuild');
  const { holdfast: _, ...parts } = PROGRAMS;
  await build({
    ...BUNDLE_OPTIONS,
    dropLabels: [],
    entryPoints: parts,
    outdir: join(DIST, 'points'),
    outExtension: { '.js': '.mjs' },
    sourcemap: 'linked',
  });
}

/** Bundles only if a source file is younger than the bundles. */
export async function bundleIfStale() {
  const made = await Promise.all(
    Object.keys(PROGRAMS).map((name) => changedMs(`${DIST}/${name}.mjs`)),
  );
  if (Math.min(...made) <= (await newestSourceMs())) await bundle();
}

async function newestSourceMs() {
  const sources = [join(ROOT, 'package-lock.json'), fileURLToPath(import.meta.url)];
  for (const group of ['apps', 'libs']) {
    for (const name of await readdir(join(ROOT, group))) {
      const folder = join(ROOT, group, name, 'src');
      const files = await readdir(folder, { recursive: true }).catch(() => []);
      for (const file of files) if (file.endsWith('.ts')) sources.push(join(folder, file));
    }
  }
  return Math.max(...(await Promise.all(sources.map(changedMs))));
}

async function changedMs(file) {
  return stat(file).then(
    (found) => found.mtimeMs,
    () => 0,
  );
}

async function replaceFile(path, contents) {
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, contents);
  await rename(unfinished, path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await (process.argv.includes('--points') ? bundleWithPoints() : bundle());
}
