import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';

const PIECE_BYTES = 4 * 1024 * 1024;
const FILES_PER_FOLDER = 100;

/** So many files of one size. */
export interface FileSet {
  readonly files: number;
  readonly bytes: number;
}

export interface CopyTreeParams {
  /** Where the tree and its copies may stand. */
  readonly folder: string;
  readonly sets: readonly FileSet[];
  /** How many copies are made at once. */
  readonly copies: number;
}

/** Seconds in which the machine copies these files with its own tools, and has them on its disk. */
export async function copyTree({ folder, sets, copies }: CopyTreeParams): Promise<number> {
  const from = join(folder, 'copy-tree');
  for (const [i, set] of sets.entries()) await makeFiles(join(from, `${i}`), set);
  await run('sync', ['-f', folder]);
  const targets = Array.from({ length: copies }, (_, i) => join(folder, `copied-tree-${i}`));
  const begun = performance.now();
  await Promise.all(targets.map((to) => copyAndSync(from, to)));
  const seconds = (performance.now() - begun) / 1000;
  await Promise.all([from, ...targets].map((made) => rm(made, { recursive: true })));
  return seconds;
}

/** `cp -r`, and a sync. */
export async function copyAndSync(from: string, to: string): Promise<void> {
  await run('sh', ['-c', 'cp -r "$1" "$2" && sync -f "$2"', 'sh', from, to]);
}

/** Fills folders below `folder`, a hundred files each. */
export async function makeFiles(folder: string, { files, bytes }: FileSet): Promise<void> {
  const piece = randomBytes(Math.min(bytes, PIECE_BYTES));
  for (let i = 0; i < files; i++) {
    const below = join(folder, `folder-${Math.floor(i / FILES_PER_FOLDER)}`);
    if (i % FILES_PER_FOLDER === 0) await mkdir(below, { recursive: true });
    await using file = await open(join(below, `file-${i}`), 'wx');
    for (let at = 0; at < bytes; at += piece.length) {
      await file.write(piece, 0, Math.min(piece.length, bytes - at));
    }
  }
}

/** Runs a program; rejects if it does not end well. */
export async function run(program: string, args: readonly string[], input = ''): Promise<void> {
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ${args[0] ?? ''} ended with ${code}.`);
}
