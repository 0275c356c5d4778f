import { argon2PasswordHasher } from '../argon2-password-hasher.ts';
import { runPasswordHasherChild } from '../run-password-hasher-child.ts';

/** A program as the apps are: it hashes a password in a child that is itself, then simply ends. */
async function main(): Promise<void> {
  const clock = {
    wallMs: () => 0,
    monotonicMs: () => 0,
    schedule: () => ({ cancel: () => {} }),
  };
  const hasher = argon2PasswordHasher({ clock });
  const encoded = await hasher.hash('correct horse');
  const right = await hasher.verify(encoded, 'correct horse');
  const wrong = await hasher.verify(encoded, 'battery staple');
  process.stdout.write(JSON.stringify({ encoded, right, wrong }));
}

if (!(await runPasswordHasherChild())) await main();
