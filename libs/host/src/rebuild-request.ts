import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { FrontendConfig } from './instance-config.ts';
import { makeFolders } from './make-folders.ts';

/** That the owner of the frontend's machine wants the directory to be made anew from the stores. */
export interface RebuildRequest {
  /** Go on without stores that do not come, whatever only they hold. */
  readonly acceptLoss: boolean;
}

const content = z.strictObject({ acceptLoss: z.boolean() });

type DataFolder = Pick<FrontendConfig, 'data'>;

/** Leaves a request in the frontend's data folder, where it is found at the next start. */
export async function leaveRebuildRequest(
  config: DataFolder,
  request: RebuildRequest,
): Promise<void> {
  await makeFolders(config.data, 0o700);
  const file = fileOf(config);
  await writeFile(`${file}.new`, JSON.stringify(request), { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** The request that was left, if one was. Rejects if the file holds none. */
export async function findRebuildRequest(config: DataFolder): Promise<RebuildRequest | undefined> {
  const text = await readFile(fileOf(config), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : content.parse(JSON.parse(text));
}

/** Says what came of a request, which is thereby done. The report stays, for people. */
export async function reportRebuild(
  config: DataFolder,
  sentences: readonly string[],
): Promise<void> {
  await writeFile(reportOf(config), `${sentences.join('\n')}\n`, { mode: 0o600 });
  await rm(fileOf(config), { force: true });
}

/** The sentences of the last report. */
export async function readRebuildReport(config: DataFolder): Promise<readonly string[]> {
  return (await readFile(reportOf(config), 'utf8')).trimEnd().split('\n');
}

function reportOf({ data }: DataFolder): string {
  return join(data, 'rebuild-report.txt');
}

function fileOf({ data }: DataFolder): string {
  return join(data, 'rebuild-request.json');
}
