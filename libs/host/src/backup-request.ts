import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { FrontendConfig } from './instance-config.ts';
import { makeFolders } from './make-folders.ts';

/** That the owner of the frontend's machine wants the directory to be copied. */
export interface BackupRequest {
  /** An absolute path of this machine. */
  readonly folder: string;
  /** Told again in the answer, so that nobody takes another one for it. */
  readonly id: string;
}

const request = z.strictObject({ folder: z.string(), id: z.string() });

/** What came of a request: up to which change the copy goes, or why there is none. */
export interface BackupAnswer {
  readonly id: string;
  readonly commits?: number | undefined;
  readonly failure?: string | undefined;
}

const answer = z.strictObject({
  id: z.string(),
  commits: z.number().optional(),
  failure: z.string().optional(),
});

type DataFolder = Pick<FrontendConfig, 'data'>;

/** Leaves a request in the data folder of a frontend, which looks for it while it runs. */
export async function leaveBackupRequest(config: DataFolder, left: BackupRequest): Promise<void> {
  await makeFolders(config.data, 0o700);
  await replace(join(config.data, REQUEST), left);
}

/** Takes the request that was left, if one was: it is gone then. */
export async function takeBackupRequest(config: DataFolder): Promise<BackupRequest | undefined> {
  const path = join(config.data, REQUEST);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  await rm(path, { force: true });
  return request.parse(JSON.parse(text));
}

/** Whether a request was not taken yet; if so it is withdrawn. */
export async function withdrawBackupRequest(config: DataFolder): Promise<boolean> {
  return await rm(join(config.data, REQUEST)).then(
    () => true,
    () => false,
  );
}

export async function answerBackup(config: DataFolder, told: BackupAnswer): Promise<void> {
  await replace(join(config.data, ANSWER), told);
}

/** The answer to the request `id`, once it is there. */
export async function readBackupAnswer(
  config: DataFolder,
  id: string,
): Promise<BackupAnswer | undefined> {
  const text = await readFile(join(config.data, ANSWER), 'utf8').catch(() => undefined);
  const told = text === undefined ? undefined : answer.parse(JSON.parse(text));
  return told?.id === id ? told : undefined;
}

/** Says in a backup that it is one: a frontend that is started on it does not take it for the newest. */
export async function markBackup(folder: string, commits: number): Promise<void> {
  await replace(join(folder, MARK), { commits });
}

export async function isRestored({ data }: DataFolder): Promise<boolean> {
  return await readFile(join(data, MARK)).then(
    () => true,
    () => false,
  );
}

/** Once it has been found that nobody has more, or all that others have was taken over. */
export async function forgetRestoring({ data }: DataFolder): Promise<void> {
  await rm(join(data, MARK), { force: true });
}

const REQUEST = 'backup-request.json';
const ANSWER = 'backup-answer.json';
const MARK = 'backup.json';

async function replace(path: string, content: object): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(content), { mode: 0o600 });
  await rename(`${path}.new`, path);
}
