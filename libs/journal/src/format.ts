import { DISK_BLOCK_BYTES } from '@holdfast/kernel';
import { HoldfastError } from '@holdfast/contracts';

/** The number of the format that this program writes. It stands in the header of every segment. */
export const JOURNAL_FORMAT = 1;

/** A segment begins with one block of header; batches follow, each from a block's start. */
export const HEADER_BLOCK_BYTES: number = DISK_BLOCK_BYTES;

export function roundUp(bytes: number): number {
  return Math.ceil(bytes / DISK_BLOCK_BYTES) * DISK_BLOCK_BYTES;
}

export function setUint48(view: DataView, at: number, value: number): void {
  view.setUint16(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 2, value % 2 ** 32);
}

export function getUint48(view: DataView, at: number): number {
  return view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
}

/** What everything that is found damaged in a journal is reported as. */
export function damagedJournal(file: string, offset: number, what: string): HoldfastError {
  return new HoldfastError(
    'damaged',
    `The journal file ${file} is damaged at byte ${offset}: ${what} Nothing was skipped or changed. ` +
      'Restore the file, or let this copy be begun anew from another one.',
    { details: { file, offset } },
  );
}

export function newerFormat(file: string, format: number): HoldfastError {
  return new HoldfastError(
    'format-mismatch',
    `The journal file ${file} has format ${format}, and this program knows formats up to ` +
      `${JOURNAL_FORMAT}. Run the version of Holdfast that wrote it, or a newer one.`,
    { details: { file, format, known: JOURNAL_FORMAT } },
  );
}
