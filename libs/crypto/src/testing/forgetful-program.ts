import { fileURLToPath } from 'node:url';
import { argon2PasswordHasher } from '../argon2-password-hasher.ts';

/** A program that hashes a password, and then simply ends. */
const clock = {
  wallMs: () => 0,
  monotonicMs: () => 0,
  schedule: () => ({ cancel: () => {} }),
};
const program = fileURLToPath(new URL('./password-program.ts', import.meta.url));
const hasher = argon2PasswordHasher({
  clock,
  command: [process.execPath, ...process.execArgv, program],
});
const encoded = await hasher.hash('correct horse');
process.stdout.write(JSON.stringify(await hasher.verify(encoded, 'correct horse')));
