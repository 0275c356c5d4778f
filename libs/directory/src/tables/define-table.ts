import { HoldfastError, type Table } from '@holdfast/contracts';
import { TABLE_NUMBERS } from './numbers.ts';
import { ValueReader } from './value-reader.ts';
import { ValueWriter } from './value-writer.ts';

export interface TableDefinition<V> {
  readonly name: keyof typeof TABLE_NUMBERS;
  /** Grows with each change of what `write` writes; `read` is told it and knows all older ones. */
  readonly format: number;
  /** See `Table`. */
  readonly textKeys?: boolean;
  write(writer: ValueWriter, value: V): void;
  read(reader: ValueReader, format: number): V;
}

/** A table whose values begin with the number of their format. Newer ones are refused. */
export function defineTable<K extends readonly (string | number)[], V>(
  definition: TableDefinition<V>,
): Table<K, V> {
  const { name, format, textKeys = false } = definition;
  return {
    name,
    number: TABLE_NUMBERS[name],
    textKeys,
    encode(value) {
      const writer = new ValueWriter();
      writer.count(format);
      definition.write(writer, value);
      return writer.finish();
    },
    decode(bytes) {
      const reader = new ValueReader(bytes);
      const found = reader.count();
      if (found > format) throw tooNew(name, found, format);
      return definition.read(reader, found);
    },
  };
}

/** A table whose keys say everything. */
export function defineKeyTable<K extends readonly (string | number)[]>(
  name: keyof typeof TABLE_NUMBERS,
): Table<K, true> {
  return defineTable({ name, format: 1, write: () => {}, read: () => true });
}

/** A table of few entries, whose values are JSON. */
export function defineJsonTable<K extends readonly (string | number)[], V>(
  name: keyof typeof TABLE_NUMBERS,
  format: number,
): Table<K, V> {
  return defineTable({
    name,
    format,
    write: (writer, value) => writer.text(JSON.stringify(value)),
    read: (reader) => JSON.parse(reader.text()) as V,
  });
}

function tooNew(name: string, found: number, known: number): HoldfastError {
  return new HoldfastError(
    'format-mismatch',
    `The directory's table ${name} has an entry of format ${found}, but this program knows ` +
      `formats up to ${known}. Run the newer program that wrote it.`,
    { details: { table: name, found, known } },
  );
}
