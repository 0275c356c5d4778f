import { copyFileSync, fstatSync, ftruncateSync, readlinkSync } from 'node:fs';
import { HOST_LIMITS } from './limits.ts';

const STANDARD_OUTPUT = 1;

/**
 * Keeps the file that standard output was appended to from growing for ever: once it has more than
 * `maxBytes` it is copied to `FILE.1`, and emptied. Does nothing where standard output is not a file,
 * as in a terminal or under a service manager. Everything here is synchronous, so that no line of
 * this process is lost in between.
 */
export function boundLog(
  maxBytes: number = HOST_LIMITS.logBytes,
  lookMs: number = HOST_LIMITS.logLookMs,
): Disposable {
  const file = outputFile();
  const timer = file ? setInterval(() => turnOver(file, maxBytes), lookMs).unref() : undefined;
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function outputFile(): string | undefined {
  try {
    if (!fstatSync(STANDARD_OUTPUT).isFile()) return undefined;
    return readlinkSync(`/proc/self/fd/${STANDARD_OUTPUT}`);
  } catch {
    // A system without /proc only keeps its logs longer.
    return undefined;
  }
}

function turnOver(file: string, maxBytes: number): void {
  try {
    if (fstatSync(STANDARD_OUTPUT).size <= maxBytes) return;
    copyFileSync(file, `${file}.1`);
    ftruncateSync(STANDARD_OUTPUT, 0);
  } catch {
    // A full disk or a removed log must not end the part; it is tried again at the next look.
  }
}
