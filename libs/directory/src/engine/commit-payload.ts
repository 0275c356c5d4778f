import { HoldfastError } from '@holdfast/contracts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { keyText } from './keys.ts';
import { WriteSet } from './write-set.ts';

/** The number of this format; a payload with another is refused. */
const FORMAT = 1;
/** What kind of record it is. There is one kind so far; a snapshot's beginning would be another. */
const COMMIT = 1;
const DELETE = 0;
const PUT = 1;

/** What one record of the journal says. */
export interface CommitPayload {
  /** Directory time of the commit. */
  readonly timeMs: number;
  readonly changes: WriteSet;
}

/**
 * The bytes of a commit in the journal: format, kind, time; the number of writes, each a byte, a key
 * and for a put a value; the number of counters, each a name and what was added. Numbers and lengths
 * are varints, times and amounts 64-bit floats, big-endian.
 */
export function encodePayload({ timeMs, changes }: CommitPayload): Uint8Array {
  const writer = new ByteWriter();
  writer.byte(FORMAT);
  writer.byte(COMMIT);
  writer.float(timeMs);
  writer.varint(changes.writes.size);
  for (const { key, value } of changes.writes.values()) {
    writer.byte(value ? PUT : DELETE);
    writer.bytes(key);
    if (value) writer.bytes(value);
  }
  writer.varint(changes.adds.size);
  for (const [name, amount] of changes.adds) {
    writer.text(name);
    writer.float(amount);
  }
  return writer.finish();
}

/** Told of what a commit changes, in its order. */
export interface PayloadVisitor {
  /** `key` and `value` are parts of the payload, not copies. */
  write(key: Uint8Array, value: Uint8Array | undefined): void;
  add(counter: string, amount: number): void;
}

/** Decodes `encodePayload`; `format-mismatch` for what a newer program wrote, else `damaged`. */
export function decodePayload(bytes: Uint8Array): CommitPayload {
  const changes = new WriteSet();
  const timeMs = visitPayload(bytes, {
    write: (key, value) => changes.set(keyText(key), value),
    add: (counter, amount) => changes.add(counter, amount),
  });
  return { timeMs, changes };
}

/** The same for whoever looks at very many commits. Gives the directory time of this one. */
export function visitPayload(bytes: Uint8Array, visitor: PayloadVisitor): number {
  if (bytes[0] !== FORMAT || bytes[1] !== COMMIT) {
    throw new HoldfastError(
      'format-mismatch',
      `A journal record is in format ${bytes[0]}.${bytes[1]}, this program reads ` +
        `${FORMAT}.${COMMIT}. Start the program that wrote it.`,
    );
  }
  try {
    return visit(new ByteReader(bytes.subarray(2)), visitor);
  } catch (error) {
    throw new HoldfastError('damaged', 'A journal record cannot be decoded.', { cause: error });
  }
}

function visit(reader: ByteReader, visitor: PayloadVisitor): number {
  const timeMs = reader.float();
  for (let left = reader.varint(); left > 0; left--) {
    const kind = reader.byte();
    if (kind !== PUT && kind !== DELETE) throw new RangeError('A write is of unknown kind');
    const key = reader.bytes();
    visitor.write(key, kind === PUT ? reader.bytes() : undefined);
  }
  for (let left = reader.varint(); left > 0; left--) {
    const name = reader.text();
    visitor.add(name, reader.float());
  }
  if (!reader.atEnd) throw new RangeError('There are bytes behind the end');
  return timeMs;
}
