import { EXIT_CODES, exitCodeOf } from '@holdfast/contracts';
import { DiskError } from '@holdfast/kernel';

/**
 * What a part that cannot start says, and with which exit code of the table it ends: to whoever
 * starts it by hand or from a script, it is one more command.
 */
export function endWithError(error: unknown): void {
  process.stderr.write(`${sentenceOf(error)}\n`);
  const isLocked = error instanceof DiskError && error.code === 'locked';
  process.exitCode = isLocked ? EXIT_CODES.conflict : exitCodeOf(error);
}

function sentenceOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof DiskError)) return message;
  return error.code === 'locked'
    ? `${message} Stop that one first, or give this part a data folder of its own.`
    : `The data folder cannot be used: ${message.replace(/\.$/, '')}. Look at "data" in the part's file, and at whose that folder is.`;
}
