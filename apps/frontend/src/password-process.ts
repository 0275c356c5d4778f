import { EXIT_CODES } from '@holdfast/contracts';
import { servePasswords } from '@holdfast/crypto';

// A program of its own, so that it loads nothing but what passwords need.
if (!(await servePasswords())) {
  process.stderr.write('A frontend starts this program by itself, to check passwords in it.\n');
  process.exitCode = EXIT_CODES.usage;
}
