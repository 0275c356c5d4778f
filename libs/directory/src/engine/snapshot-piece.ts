import { HoldfastError, type MapChange, type MapEntry } from '@holdfast/contracts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';

const FORMAT = 1;

/** The bytes of entries of the map: format; then each key and value behind their lengths. */
export function encodePiece(entries: readonly MapEntry[]): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(FORMAT);
  for (const [key, value] of entries) {
    writer.bytes(key);
    writer.bytes(value);
  }
  return writer.finish();
}

/** Decodes `encodePiece`; `format-mismatch` for what a newer program wrote, else `damaged`. */
export function decodePiece(bytes: Uint8Array): MapChange[] {
  if (bytes[0] !== FORMAT) {
    throw new HoldfastError(
      'format-mismatch',
      `A piece of a snapshot is in format ${bytes[0]}, this program reads format ${FORMAT}. ` +
        'Start the program that wrote it.',
    );
  }
  try {
    const reader = new ByteReader(bytes.subarray(1));
    const entries: MapChange[] = [];
    while (!reader.atEnd) entries.push({ key: reader.bytes(), value: reader.bytes() });
    return entries;
  } catch (error) {
    throw new HoldfastError('damaged', 'A piece of a snapshot cannot be decoded.', {
      cause: error,
    });
  }
}
