import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/contracts';
import { PART_NODE_FLAGS, commandLineOf, hasEnded, untilBegun } from '@holdfast/host';
import type { ClusterFolder } from './cluster-folder.ts';
import type { Instance } from './instance.ts';
import { CLUSTER_LIMITS } from './limits.ts';

/** The processes that this one has started. */
const children = new WeakMap<Instance, ChildProcess>();

/** The file that a part writes its lines to. */
export function logFileOf(folder: ClusterFolder, instance: Instance): string {
  return join(folder.logs, `${instance.config.name}.log`);
}

/** The process id of a part that was started here and still runs. */
export async function runningPid(
  folder: ClusterFolder,
  instance: Instance,
): Promise<number | undefined> {
  const pid = await readPid(pidFileOf(folder, instance));
  if (pid === undefined) return undefined;
  // After a crash the number may by now be another program's.
  const command = await commandLineOf(pid);
  return command?.includes(instance.config.file) ? pid : undefined;
}

/** How a part has ended, as the rest of a sentence about it; undefined while it runs. */
export async function endingOf(
  folder: ClusterFolder,
  instance: Instance,
): Promise<string | undefined> {
  const child = children.get(instance);
  if (!child) return (await runningPid(folder, instance)) === undefined ? 'has ended' : undefined;
  if (child.signalCode !== null) return `was ended by ${child.signalCode}`;
  return child.exitCode === null ? undefined : `has ended with exit code ${child.exitCode}`;
}

/**
 * Starts a part in the background, as a process group of its own so that a Ctrl-C here does not
 * reach it, and with its lines appended to its log. Returns before it is ready.
 */
export async function startPart(
  folder: ClusterFolder,
  instance: Instance,
  program: string,
): Promise<number> {
  await mkdir(folder.logs, { recursive: true, mode: 0o700 });
  await mkdir(folder.processes, { recursive: true, mode: 0o700 });
  const log = openSync(logFileOf(folder, instance), 'a', 0o600);
  try {
    const child = spawn(
      process.execPath,
      [...PART_NODE_FLAGS, program, '--config', instance.config.file],
      {
        cwd: folder.path,
        detached: true,
        stdio: ['ignore', log, log],
      },
    );
    const pid = await started(child);
    children.set(instance, child);
    await writeFile(pidFileOf(folder, instance), `${pid}\n`);
    await untilBegun(pid);
    child.unref();
    return pid;
  } finally {
    closeSync(log);
  }
}

/**
 * Asks a part to end, and waits for it. Resolves false if it was not running. Rejects with
 * `timeout` if it still runs after `stopMs`.
 */
export async function stopPart(
  folder: ClusterFolder,
  instance: Instance,
  stopMs: number = CLUSTER_LIMITS.stopMs,
): Promise<boolean> {
  return await endPart(folder, instance, { signal: 'SIGTERM', stopMs });
}

/** Ends a part as a crash would: it can neither finish nor say anything. False if it was not running. */
export async function killPart(folder: ClusterFolder, instance: Instance): Promise<boolean> {
  return await endPart(folder, instance, { signal: 'SIGKILL', stopMs: CLUSTER_LIMITS.stopMs });
}

async function endPart(
  folder: ClusterFolder,
  instance: Instance,
  { signal, stopMs }: { signal: 'SIGTERM' | 'SIGKILL'; stopMs: number },
): Promise<boolean> {
  const pid = await runningPid(folder, instance);
  if (pid === undefined) return false;
  signalProcess(pid, signal);
  const end = performance.now() + stopMs;
  while (!(await hasEnded(pid))) {
    if (performance.now() > end) {
      const { name } = instance.config;
      throw new HoldfastError(
        'timeout',
        `${name} (process ${pid}) still runs ${stopMs / 1000} s after it was asked to end. To end it as a crash would: holdfast cluster kill ${name}`,
      );
    }
    await pause(CLUSTER_LIMITS.pollMs);
  }
  await rm(pidFileOf(folder, instance), { force: true });
  return true;
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It has ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function started(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
}

function pidFileOf(folder: ClusterFolder, instance: Instance): string {
  return join(folder.processes, `${instance.config.name}.pid`);
}

async function readPid(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}
