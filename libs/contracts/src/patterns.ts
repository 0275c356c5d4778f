import { DATA_LIMITS } from './limits.ts';

/** Bytes in lower-case hexadecimal. */
export const hexPattern = (byteCount: number): RegExp => new RegExp(`^[0-9a-f]{${2 * byteCount}}$`);

export const ID_BYTES = 16;

export const USER_NAME: RegExp = new RegExp(
  `^[a-z_][a-z0-9_.-]{0,${DATA_LIMITS.userNameBytes - 1}}$`,
);

/** The permission bits that there are. */
export const MOST_MODE = 0o7777;
