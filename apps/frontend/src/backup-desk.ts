import { chmod, copyFile, readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HoldfastError } from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import type { Engine } from '@holdfast/directory';
import {
  makeFolders,
  type BackupRequest,
  type FrontendConfig,
  type Log,
  answerBackup,
  localAgreement,
  markBackup,
  nodeDisk,
  takeBackupRequest,
} from '@holdfast/host';
import { openJournal, openSnapshots } from '@holdfast/journal';
import { type Clock, Disposer, type Random, type Timer } from '@holdfast/kernel';
import { FRONTEND_LIMITS } from './limits.ts';

export interface BackupDeskOptions {
  readonly config: FrontendConfig;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/**
 * Copies the directory while it is served, for whoever may write to the frontend's data folder: a
 * request is left there. A backup has the shape of a data folder.
 */
export class BackupDesk implements Disposable {
  readonly #options: BackupDeskOptions;
  #timer: Timer;
  #over = false;

  constructor(options: BackupDeskOptions) {
    this.#options = options;
    this.#timer = this.#schedule();
  }

  [Symbol.dispose](): void {
    this.#over = true;
    this.#timer.cancel();
  }

  #schedule(): Timer {
    return this.#options.clock.schedule(FRONTEND_LIMITS.backupLookMs, () => {
      void this.#look().finally(() => {
        if (!this.#over) this.#timer = this.#schedule();
      });
    });
  }

  async #look(): Promise<void> {
    const { config, log } = this.#options;
    try {
      const request = await takeBackupRequest(config);
      if (request) await this.#serve(request);
    } catch (error) {
      log.warn({ error }, 'A request for a backup could not be answered');
    }
  }

  async #serve(request: BackupRequest): Promise<void> {
    const { config, log } = this.#options;
    const { id, folder } = request;
    try {
      const commits = await this.#copy(folder);
      log.info({}, `Copied the directory up to change ${commits} to ${folder}`);
      await answerBackup(config, { id, commits });
    } catch (error) {
      log.warn({ error }, `The directory could not be copied to ${folder}`);
      await answerBackup(config, { id, failure: failureSentence(error, folder) });
    }
  }

  async #copy(folder: string): Promise<number> {
    const { config, engine, random } = this.#options;
    await makeEmptyFolder(folder);
    await using owned = new Disposer();
    const ports = { disk: nodeDisk(folder), hasher: blake3Hasher, random };
    const journal = owned.use(await openJournal({ ...ports, folder: 'journal' }));
    const snapshots = await openSnapshots({ ...ports, folder: 'snapshots' });
    // First, so that what is left of a copy that failed is not taken for the newest either.
    await markBackup(folder, engine.status.commits);
    const state = await engine.backUp({ journal, snapshots });
    await owned.use(localAgreement(ports.disk, 'agreement.json', blake3Hasher)).restore(state);
    await copyFile(config.clusterKey, join(folder, 'cluster.key'));
    await ports.disk.syncFolder('');
    await nodeDisk(dirname(folder)).syncFolder('');
    return journal.tail.number;
  }
}

async function makeEmptyFolder(folder: string): Promise<void> {
  await makeFolders(folder, 0o700);
  if ((await readdir(folder)).length > 0) {
    throw new HoldfastError(
      'already-exists',
      `${folder} is not empty. Name a folder that does not exist yet, or an empty one.`,
    );
  }
  // It gets the cluster key and hashes of passwords (§P9).
  await chmod(folder, 0o700);
  if (((await stat(folder)).mode & 0o077) === 0) return;
  throw new HoldfastError(
    'forbidden',
    `Others than you can read ${folder}, which cannot be changed. A backup holds the cluster key: name a folder on a file system that keeps permissions.`,
  );
}

function failureSentence(error: unknown, folder: string): string {
  if (error instanceof HoldfastError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `The directory could not be copied to ${folder}: ${message}.`;
}
