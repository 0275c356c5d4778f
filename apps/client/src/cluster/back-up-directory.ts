import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/contracts';
import { leaveBackupRequest, readBackupAnswer, withdrawBackupRequest } from '@holdfast/host';
import { withLocalErrors } from '../local/local-error.ts';
import type { ClusterFolder } from './cluster-folder.ts';
import { askReadiness } from './health.ts';
import { frontendOf } from './instance.ts';
import { CLUSTER_LIMITS } from './limits.ts';

export interface BackUpOptions {
  readonly target: string;
  /** The file of the frontend, where it is not one of the cluster's folder. */
  readonly config: string | undefined;
  readonly signal: AbortSignal;
}

/** Has the running frontend copy its directory. Returns a line that tells what was done. */
export async function backUpDirectory(
  folder: ClusterFolder,
  { target, config: file, signal }: BackUpOptions,
  backupBeginMs: number = CLUSTER_LIMITS.backupBeginMs,
): Promise<string> {
  const { config } = await frontendOf(folder, file);
  if ((await askReadiness(config.listen)).state === 'silent') throw notRunning(config.name);
  const request = { folder: resolve(target), id: randomUUID() };
  await requireEmpty(request.folder);
  await leaveBackupRequest(config, request);
  const end = performance.now() + backupBeginMs;
  for (;;) {
    signal.throwIfAborted();
    const answer = await readBackupAnswer(config, request.id);
    if (answer?.failure !== undefined) throw new HoldfastError('unavailable', answer.failure);
    if (answer) return `Copied the directory up to change ${answer.commits} to ${request.folder}.`;
    // One that was taken may last as long as it does.
    const late = performance.now() > end;
    if (late && (await withdrawBackupRequest(config))) throw notRunning(config.name);
    if (late && (await askReadiness(config.listen)).state === 'silent')
      throw notRunning(config.name);
    await pause(CLUSTER_LIMITS.pollMs);
  }
}

async function requireEmpty(folder: string): Promise<void> {
  // The frontend makes it, and says why if it cannot.
  if (!existsSync(folder)) return;
  const names = await withLocalErrors('use', folder, () => readdir(folder));
  if (names.length === 0) return;
  throw new HoldfastError(
    'already-exists',
    `${folder} is not empty. Name a folder that does not exist yet, or an empty one.`,
  );
}

function notRunning(name: string): HoldfastError {
  return new HoldfastError(
    'unavailable',
    `${name} does not answer, and only a frontend that runs can copy its directory. Start it first.`,
  );
}
