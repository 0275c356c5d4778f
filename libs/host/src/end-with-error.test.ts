import { EXIT_CODES, HoldfastError } from '@holdfast/contracts';
import { DiskError } from '@holdfast/kernel';
import { afterEach, expect, test, vi } from 'vitest';
import { endWithError } from './end-with-error.ts';

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

test.for([
  [
    new HoldfastError('already-exists', 'Port 1 is in use.'),
    EXIT_CODES.conflict,
    /^Port 1 is in use\.\n$/,
  ],
  [new HoldfastError('invalid-argument', 'No key.'), EXIT_CODES.usage, /^No key\.\n$/],
  [
    new DiskError('locked', 'lock', '/d/lock is in use by process 7.'),
    EXIT_CODES.conflict,
    /process 7\. Stop that one first/,
  ],
  [
    new DiskError('io', '', "EACCES: permission denied, mkdir '/d'"),
    EXIT_CODES.failed,
    /mkdir '\/d'\. Look at "data"/,
  ],
  [new Error('Something else.'), EXIT_CODES.failed, /^Something else\.\n$/],
] as const)(
  'a part that cannot start because of "%s" ends with exit code %s',
  ([error, code, said]) => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    endWithError(error);
    expect(process.exitCode).toBe(code);
    expect(write.mock.calls.join('')).toMatch(said);
  },
);
