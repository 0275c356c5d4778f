import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';

/** Ticks that Linux counts a second of CPU time in, on every machine that Node runs on. */
const TICKS_PER_SECOND = 100;
const MIB = 1024 * 1024;

/** Seconds of CPU that a process has used so far, in user and kernel mode; 0 once it has ended. */
export function cpuSeconds(pid: number): number {
  const fields = readProcess(pid, 'stat')
    .replace(/^.*\) /, '')
    .split(' ');
  const [user = 0, kernel = 0] = fields.slice(11, 13).map(Number);
  return (user + kernel) / TICKS_PER_SECOND;
}

/** The same for this process, with all its children that have ended. */
export function ownCpuSeconds(): number {
  const fields = statFields('self');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND;
}

/** Seconds of CPU that all processes of the machine have used so far. */
export function machineCpuSeconds(): number {
  const [total = ''] = readFileSync('/proc/stat', 'utf8').split('\n');
  const [user = 0, nice = 0, kernel = 0, , , interrupt = 0, soft = 0] = total
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + kernel + interrupt + soft) / TICKS_PER_SECOND;
}

/** Memory of a process that is in RAM now, in MiB. */
export function residentMib(pid: number): number {
  return statusMib(pid, 'VmRSS');
}

/** Its share of the machine's RAM in MiB: pages that it shares with others, such as Node's own, count in parts. */
export function proportionalMib(pid: number): number {
  return keyMib(readProcess(pid, 'smaps_rollup'), 'Pss');
}

/** The most that a process had in RAM since `forgetPeak`, in MiB. */
export function peakResidentMib(pid: number): number {
  return statusMib(pid, 'VmHWM');
}

/** Lets `peakResidentMib` begin anew; of no consequence for a process that has ended. */
export function forgetPeak(pid: number): void {
  if (existsSync(`/proc/${pid}`)) writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** The processes that `pid` started and that still run. */
export async function childrenOf(pid: number): Promise<readonly number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  return threads.flatMap((thread) =>
    readProcess(pid, `task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
}

function statusMib(pid: number, key: string): number {
  return keyMib(readProcess(pid, 'status'), key);
}

function keyMib(text: string, key: string): number {
  const found = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text);
  return found ? (Number(found[1]) * 1024) / MIB : 0;
}

/** What stands behind the program's name, which may have spaces. */
function statFields(pid: number | 'self'): readonly string[] {
  return readProcess(pid, 'stat')
    .replace(/^.*\) /, '')
    .split(' ');
}

function readProcess(pid: number | 'self', file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
