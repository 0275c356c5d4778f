import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';
import { BUNDLE_OPTIONS, DIST, NATIVE_PACKAGES, PROGRAMS, ROOT, bundle } from './bundle.mjs';
import { writeNotices } from './notices.mjs';

// Makes what leaves the clone: `holdfast-client.mjs`, a client that needs Node alone, and
// `holdfast-VERSION.tgz`, a package of all parts that `npm install` takes.
const { version, engines, license, description } = await readJson(join(ROOT, 'package.json'));
const { inputs } = await bundle();
await buildClient();
await buildPackage();

async function buildClient() {
  const { outputFiles, metafile } = await build({
    ...BUNDLE_OPTIONS,
    entryPoints: { 'holdfast-client': PROGRAMS.holdfast },
    outdir: DIST,
    outExtension: { '.js': '.mjs' },
    minify: true,
    keepNames: true,
    legalComments: 'eof',
    metafile: true,
    write: false,
  });
  const [client] = outputFiles;
  refuseDependencies(metafile);
  await writeFile(client.path, client.contents, { mode: 0o755 });
  report(client.path);
}

/** The client that is one file may ask for a compiled package, and must do without. */
function refuseDependencies({ outputs }) {
  const needed = Object.values(outputs)
    .flatMap(({ imports }) => imports)
    .filter(({ kind, path }) => kind === 'import-statement' && !isBuiltin(path));
  if (needed.length === 0) return;
  throw new Error(`The client needs ${needed.map(({ path }) => path).join(', ')} beside it.`);
}

async function buildPackage() {
  const stage = join(DIST, 'package');
  await rm(stage, { recursive: true, force: true });
  await mkdir(join(stage, 'dist'), { recursive: true });
  for (const name of Object.keys(PROGRAMS)) {
    await cp(join(DIST, `${name}.mjs`), join(stage, 'dist', `${name}.mjs`));
  }
  await cp(join(ROOT, 'bin/holdfast.mjs'), join(stage, 'bin/holdfast.mjs'));
  for (const name of ['LICENSE', 'README.md', 'docs/systemd']) {
    await cp(join(ROOT, name), join(stage, name), { recursive: true });
  }
  await writeNotices(inputs, join(stage, 'THIRD-PARTY-NOTICES'));
  await writeFile(join(stage, 'package.json'), JSON.stringify(await manifest(), null, 2));
  const packed = execFileSync('npm', ['pack', '--silent', '--pack-destination', DIST], {
    cwd: stage,
    encoding: 'utf8',
  });
  await rm(stage, { recursive: true });
  report(join(DIST, packed.trim()));
}

async function manifest() {
  return {
    name: 'holdfast',
    version,
    description,
    license,
    type: 'module',
    engines,
    bin: { holdfast: 'bin/holdfast.mjs' },
    files: ['bin', 'dist', 'docs', 'THIRD-PARTY-NOTICES'],
    dependencies: await nativeVersions(),
  };
}

/** The compiled packages in exactly the versions that this clone was tested with. */
async function nativeVersions() {
  const { packages } = await readJson(join(ROOT, 'package-lock.json'));
  return Object.fromEntries(
    NATIVE_PACKAGES.map((name) => [name, packages[`node_modules/${name}`].version]),
  );
}

async function readJson(file) {
  return JSON.parse(await readFile(file, 'utf8'));
}

function report(file) {
  console.log(`Made ${file.slice(ROOT.length + 1)}`);
}
