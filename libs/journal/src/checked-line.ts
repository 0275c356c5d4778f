import type { Hasher } from '@holdfast/contracts';
import { fromUtf8, toHex, utf8 } from '@holdfast/kernel';

const NEWLINE = 0x0a;

/** A line of text and one with its hash: how small files of facts stand on disk. */
export function encodeCheckedLine(hasher: Hasher, line: string): Uint8Array {
  return utf8(`${line}\n${toHex(hasher.hash([utf8(line)]))}\n`);
}

/** The line; undefined if it is not as it was written. */
export function decodeCheckedLine(hasher: Hasher, bytes: Uint8Array): string | undefined {
  const end = bytes.indexOf(NEWLINE);
  if (end < 0) return undefined;
  const line = bytes.subarray(0, end);
  const hash = utf8(`${toHex(hasher.hash([line]))}\n`);
  const found = bytes.subarray(end + 1);
  const same = found.length === hash.length && found.every((byte, i) => byte === hash[i]);
  return same ? fromUtf8(line) : undefined;
}
