import type { WriteResult } from '@holdfast/contracts';
import { sourceOfIterable } from './byte-source.ts';
import { putFile, type PutOptions } from './put-file.ts';
import { RemoteFile } from './remote-file.ts';
import type { TransferParts } from './transfer-parts.ts';

/** Copies the current version of one file, through this client; mode and time come along. */
export async function copyFile(
  parts: TransferParts,
  from: string,
  options: PutOptions,
): Promise<WriteResult> {
  await using file = await RemoteFile.open(parts, from, { signal: options.signal });
  const { mode, modifiedMs } = file.entry;
  return await putFile(parts, sourceOfIterable(file.read({ lent: true })), {
    mode,
    modifiedMs,
    ...options,
  });
}
