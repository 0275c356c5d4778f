import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CallFrame } from './cpu-profile.ts';

const maps = new Map<string, SourceMap | undefined>();

/** Where a function stands in the sources, for a frame of a bundle: `libs/rmi/src/frame.ts:12`. */
export function sourcePosition({ url, lineNumber, columnNumber }: CallFrame): string {
  if (!url.startsWith('file:')) return url;
  const bundle = fileURLToPath(url);
  const found = mapOf(bundle)?.findEntry(lineNumber, columnNumber);
  if (!found || !('originalSource' in found)) return `${shown(bundle)}:${lineNumber + 1}`;
  const source = resolve(dirname(bundle), found.originalSource);
  return `${shown(source)}:${found.originalLine + 1}`;
}

function mapOf(bundle: string): SourceMap | undefined {
  if (!maps.has(bundle)) maps.set(bundle, readMap(`${bundle}.map`));
  return maps.get(bundle);
}

function readMap(file: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

function shown(file: string): string {
  return relative(process.cwd(), file);
}
