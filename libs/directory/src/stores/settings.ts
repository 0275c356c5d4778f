import type { CallNumber, ReadTransaction, WriteTransaction } from '@holdfast/contracts';
import type { DirectorySettings } from '../directory.ts';
import type { DirectoryParts } from '../parts.ts';
import { settingsTable } from '../tables/settings.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const DEFAULT_SETTINGS: DirectorySettings = { copies: 3, trashMs: 7 * DAY_MS };

export async function readSettings(tx: ReadTransaction): Promise<DirectorySettings> {
  return (await tx.get(settingsTable)) ?? DEFAULT_SETTINGS;
}

export async function settings({ runner }: DirectoryParts): Promise<DirectorySettings> {
  return await runner.query(readSettings);
}

/** Changes some settings; the others stay what they are at that moment. */
export async function changeSettings(
  { runner }: DirectoryParts,
  changed: Partial<DirectorySettings>,
  call?: CallNumber,
): Promise<void> {
  await runner.transact((tx) => writeSettings(tx, changed), call);
}

export async function writeSettings(
  tx: WriteTransaction,
  changed: Partial<DirectorySettings>,
): Promise<void> {
  tx.put(settingsTable, { ...(await readSettings(tx)), ...changed });
}
