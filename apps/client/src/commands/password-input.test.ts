import { sourceOfBytes } from '@holdfast/sdk';
import { expect, test } from 'vitest';
import { CLIENT_LIMITS } from '../limits.ts';
import { readPasswordInput } from './password-input.ts';

// fills CLIENT_LIMITS.passwordInputBytes
test('standard input that is no password is not read to its end', async () => {
  const longest = 'x'.repeat(CLIENT_LIMITS.passwordInputBytes - 1);
  expect(await readPasswordInput(sourceOfBytes(Buffer.from(`${longest}\nrest`)))).toBe(longest);
  const endless = { read: (target: Uint8Array) => Promise.resolve(target.fill(120).length) };
  await expect(readPasswordInput(endless)).rejects.toMatchObject({ code: 'invalid-argument' });
});
