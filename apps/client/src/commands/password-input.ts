import { HoldfastError } from '@holdfast/contracts';
import type { ByteSource } from '@holdfast/sdk';
import { CLIENT_LIMITS } from '../limits.ts';

/** The first line of standard input, without its end. */
export async function readPasswordInput(input: ByteSource): Promise<string> {
  const buffer = new Uint8Array(CLIENT_LIMITS.passwordInputBytes);
  let length = 0;
  while (length < buffer.length) {
    const count = await input.read(buffer.subarray(length));
    if (count === 0) break;
    const end = buffer.subarray(length, length + count).indexOf(0x0a);
    if (end >= 0) return decode(buffer.subarray(0, length + end));
    length += count;
  }
  if (length === buffer.length) {
    throw new HoldfastError('invalid-argument', 'Standard input is too long for a password.');
  }
  return decode(buffer.subarray(0, length));
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\r$/, '');
}
