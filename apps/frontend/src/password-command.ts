import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Beside this program, whether that is a bundle or a source that runs through a loader. */
const PROGRAM = new URL(`password-process${extname(import.meta.url)}`, import.meta.url);

/** Runs the program that checks passwords, in the way that this one is run. */
export function passwordCommand(): readonly [program: string, ...args: readonly string[]] {
  const flags = process.execArgv.filter((flag) => !flag.startsWith('--inspect'));
  return [process.execPath, ...flags, fileURLToPath(PROGRAM)];
}
