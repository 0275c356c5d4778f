import { DISK_BLOCK_BYTES } from '@holdfast/kernel';
import { HoldfastError } from '@holdfast/contracts';

/** The number of the format that this program writes, in the identity and in every segment. */
export const CHUNK_STORE_FORMAT = 1;

export function roundUp(bytes: number): number {
  return Math.ceil(bytes / DISK_BLOCK_BYTES) * DISK_BLOCK_BYTES;
}

export function roundDown(bytes: number): number {
  return bytes - (bytes % DISK_BLOCK_BYTES);
}

export function setUint48(view: DataView, at: number, value: number): void {
  view.setUint16(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 2, value % 2 ** 32);
}

export function getUint48(view: DataView, at: number): number {
  return view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
}

export function damagedStore(file: string, offset: number, what: string): HoldfastError {
  return new HoldfastError('damaged', `The file ${file} of the chunk store is damaged: ${what}`, {
    details: { file, offset },
  });
}

export function assertKnownFormat(file: string, format: number): void {
  if (format <= CHUNK_STORE_FORMAT) return;
  throw new HoldfastError(
    'format-mismatch',
    `The file ${file} of the chunk store has format ${format}, and this program knows formats up ` +
      `to ${CHUNK_STORE_FORMAT}. Run the version of Holdfast that wrote it, or a newer one.`,
    { details: { file, format, known: CHUNK_STORE_FORMAT } },
  );
}
