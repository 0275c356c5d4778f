import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Plugin, build } from 'esbuild';
import type { Plant } from '../plant/plant.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const FOLDER = join(ROOT, 'dist/simulation');

/**
 * Bundles the simulator with all that it simulates into one program for worker threads, and gives
 * its path. A plant changes the source on the way: what is on disk, and what users run, has no switch
 * for it. Throws if the text that the plant changes is not there exactly once.
 */
export async function bundleSimulator(plant?: Plant): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['test/simulation/run/simulate-in-worker.ts'],
    outfile: join(FOLDER, `${plant?.name ?? 'simulator'}.mjs`),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    conditions: ['@holdfast/source'],
    external: ['classic-level', 'argon2', '@napi-rs/blake-hash'],
    banner: { js: REQUIRE },
    plugins: plant ? [planting(plant)] : [],
    sourcemap: 'inline',
    write: false,
    logLevel: 'silent',
  });
  const [program] = outputFiles;
  if (!program) throw new Error('esbuild made no program.');
  await mkdir(FOLDER, { recursive: true });
  const unfinished = `${program.path}.${process.pid}`;
  await writeFile(unfinished, program.contents);
  await rename(unfinished, program.path);
  return program.path;
}

/** What CommonJS code inside an ESM bundle needs in order to load Node's own modules. */
const REQUIRE =
  "import { createRequire as __createRequire } from 'node:module';" +
  'const require = __createRequire(import.meta.url);';

function planting(plant: Plant): Plugin {
  const target = join(ROOT, plant.file);
  return {
    name: 'planting',
    setup: ({ onLoad, onEnd }) => {
      let planted = false;
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path !== target) return undefined;
        planted = true;
        return { contents: changed(await readFile(path, 'utf8'), plant), loader: 'ts' };
      });
      onEnd(() => {
        if (!planted)
          throw new Error(`${plant.file}, which '${plant.name}' breaks, is not loaded.`);
      });
    },
  };
}

function changed(source: string, { name, file, find, put }: Plant): string {
  const parts = source.split(find);
  if (parts.length === 2) return parts.join(put);
  throw new Error(
    `'${name}' breaks a line of ${file} that is there ${parts.length - 1} times: ${find}. ` +
      'Adapt the plant to the source as it is now.',
  );
}
