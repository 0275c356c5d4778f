import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const LEFT_OUT = new Set(['node_modules', 'dist', '.nx']);

let copy: string;
let report: string;

/** A break of a house rule: where it is planted, and the rule that must see it. */
const PLANTED = {
  'libs/kernel/src/planted-import.ts': {
    text: `export { HoldfastError } from '@holdfast/contracts';`,
    rule: 'enforce-module-boundaries',
  },
  'libs/directory/src/planted-mechanism.ts': {
    text: `export { nodeClock } from '@holdfast/host';`,
    rule: 'enforce-module-boundaries',
  },
  'libs/sdk/src/planted-domain.ts': {
    text: `export type { Directory } from '@holdfast/directory';`,
    rule: 'enforce-module-boundaries',
  },
  'libs/journal/src/planted-clock.ts': {
    text: `export const now: number = Date.now();`,
    rule: 'no-restricted-globals',
  },
  'libs/replication/src/planted-timer.ts': {
    text: `export const wait = (task: () => void): unknown => setTimeout(task, 1);`,
    rule: 'no-restricted-globals',
  },
  'libs/rmi/src/planted-chance.ts': {
    text: `export const jitter = (): number => Math.random();`,
    rule: 'no-restricted-properties',
  },
  'libs/chunk-store/src/planted-node.ts': {
    text: `export { readFile } from 'node:fs/promises';`,
    rule: 'no-nodejs-modules',
  },
  'libs/placement/src/planted-promise.ts': {
    text: `const go = async (): Promise<void> => {};\nexport const start = (): void => {\n  go();\n};`,
    rule: 'no-floating-promises',
  },
  'libs/auth/src/planted-any.ts': {
    text: `export const anything: any = 1;`,
    rule: 'no-explicit-any',
  },
};

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'holdfast-rules-'));
  await copyClone();
  for (const [file, { text }] of Object.entries(PLANTED)) {
    await writeFile(join(copy, file), `${text}\n`);
  }
  report = lint();
}, 120_000);

afterAll(() => rm(copy, { recursive: true, force: true }));

test.for(Object.entries(PLANTED))('on a clean clone, lint fails for %s', ([file, { rule }]) => {
  const found = report.split('\n').filter((line) => line.includes(file));
  expect(found.join('\n')).toContain(rule);
});

function lint(): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'tools/lint.mjs'), '--format=unix'],
    { cwd: copy, encoding: 'utf8' },
  );
  expect(status, stderr).not.toBe(0);
  return stdout;
}

/** The sources, with the installed packages linked, and no project graph cached. */
async function copyClone(): Promise<void> {
  for (const name of await readdir(root)) {
    if (LEFT_OUT.has(name) || name === '.git' || name === 'local') continue;
    await cp(join(root, name), join(copy, name), {
      recursive: true,
      filter: (source) => !LEFT_OUT.has(basename(source)),
    });
  }
  await linkPackages();
}

/** Links every installed package; those of the workspace as `npm ci` does, to the copy's own folders. */
async function linkPackages(): Promise<void> {
  const packages = join(copy, 'node_modules');
  await mkdir(join(packages, '@holdfast'), { recursive: true });
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name === '@holdfast') continue;
    await symlink(join(root, 'node_modules', name), join(packages, name));
  }
  for (const name of await readdir(join(copy, 'libs'))) {
    await symlink(join(copy, 'libs', name), join(packages, '@holdfast', name));
  }
}
