import { HoldfastError, type Table } from '@holdfast/contracts';
import { fromUtf8, utf8 } from '@holdfast/kernel';

/** An account. Keyed by name. */
export interface AccountRow {
  readonly admin: boolean;
  /** The encoded password hash, with its salt and parameters. */
  readonly encoded: string;
  readonly createdMs: number;
}

/** A login. Keyed by the hash of its token, which serves as its id. */
export interface LoginRow {
  readonly user: string;
  readonly createdMs: number;
  readonly expiresMs: number;
}

/** The key says everything. */
type NoValue = Readonly<Record<string, never>>;

export const accounts: Table<[user: string], AccountRow> = table('accounts', 100);
/** The accounts that are administrators, so that the last one is found without a scan. */
export const administrators: Table<[user: string], NoValue> = table('administrators', 101);
export const logins: Table<[login: string], LoginRow> = table('logins', 102);
/** An account's logins, oldest first. */
export const loginsByUser: Table<[user: string, createdMs: number, login: string], NoValue> = table(
  'logins-by-user',
  103,
);
export const loginsByExpiry: Table<[expiresMs: number, login: string], NoValue> = table(
  'logins-by-expiry',
  104,
);

const FORMAT = 1;

/** A table whose values are JSON objects with the number of their format. */
function table<K extends readonly (string | number)[], V extends object>(
  name: string,
  number: number,
): Table<K, V> {
  return {
    name,
    number,
    encode: (value) => utf8(JSON.stringify({ ...value, format: FORMAT })),
    decode: (bytes) => {
      const { format, ...value } = JSON.parse(fromUtf8(bytes)) as V & { format: number };
      if (format !== FORMAT) {
        throw new HoldfastError(
          'format-mismatch',
          `A row of the table ${name} has format ${format}, this program knows ${FORMAT}: use the newer program.`,
        );
      }
      return value as unknown as V;
    },
  };
}
