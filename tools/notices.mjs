import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from './bundle.mjs';

/** Writes the licences of all packages that the bundles hold parts of, as most of them ask for. */
export async function writeNotices(inputs, target) {
  const names = new Set(Object.keys(inputs).flatMap((input) => packageOf(input) ?? []));
  const notices = await Promise.all([...names].sort().map(notice));
  await writeFile(target, notices.join('\n\n'));
}

function packageOf(input) {
  return /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
}

async function notice(name) {
  const folder = join(ROOT, 'node_modules', name);
  const { version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file ? await readFile(join(folder, file), 'utf8') : `Licence: ${license}\n`;
  return `${name} ${version}\n${'='.repeat(72)}\n${text}`;
}
