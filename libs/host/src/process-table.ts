import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { HOST_LIMITS } from './limits.ts';

/** Where `/proc/PID/stat` counts threads, from the state on: see proc(5), num_threads. */
const THREADS_FIELD = 17;

/**
 * How process `pid` was called, or undefined if there is none. A process that has ended and waits for
 * its parent to notice counts as none.
 */
export async function commandLineOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return command.replaceAll('\0', ' ').trim() || undefined;
  }
  const shown = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(
    () => undefined,
  );
  return shown?.stdout.trim() || undefined;
}

/**
 * Waits until the system tells how a process that was just started was called, or it has ended. While the
 * kernel loads its program it may show nothing, and would be taken for one that has ended.
 */
export async function untilBegun(
  pid: number,
  limitMs: number = HOST_LIMITS.beginMs,
): Promise<void> {
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    if ((await commandLineOf(pid)) !== undefined || (await hasEnded(pid))) return;
    await pause(1);
  }
}

/**
 * Whether process `pid` has ended so far that its ports and locks are free. One that ends shows no
 * command any more a moment before that; and one that was killed while its threads sync files looks
 * ended while these still have all of its files and sockets open.
 */
export async function hasEnded(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return (await commandLineOf(pid)) === undefined;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  if (stat === '') return true;
  // Behind the name in parentheses, in which anything may stand.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const isOver = fields[0] === 'Z' || fields[0] === 'X';
  return isOver && Number(fields[THREADS_FIELD]) <= 1;
}
