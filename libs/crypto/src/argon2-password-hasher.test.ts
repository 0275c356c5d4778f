import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Clock, deferred } from '@holdfast/kernel';
import { expect, test } from 'vitest';
import { argon2PasswordHasher } from './argon2-password-hasher.ts';
import { CRYPTO_LIMITS } from './limits.ts';

const PROGRAM = fileURLToPath(new URL('./testing/password-program.ts', import.meta.url));
const FROM_SOURCE = [
  process.execPath,
  '--import',
  import.meta.resolve('tsx'),
  '--conditions=@holdfast/source',
  PROGRAM,
] as const;
/** Uses a hasher, and does not dispose it. */
const FORGETFUL = fileURLToPath(new URL('./testing/forgetful-program.ts', import.meta.url));
const endlessClock: Clock = {
  wallMs: () => 0,
  monotonicMs: () => 0,
  schedule: () => ({ cancel: () => {} }),
};

const run = promisify(execFile);

test('passwords are hashed and verified in a child', async () => {
  await using hasher = argon2PasswordHasher({ clock: endlessClock, command: FROM_SOURCE });
  const encoded = await hasher.hash('correct horse');
  expect(encoded).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await hasher.verify(encoded, 'correct horse')).toBe(true);
  expect(await hasher.verify(encoded, 'battery staple')).toBe(false);
});

test('a program that forgets its hasher ends by itself, and its child with it', async () => {
  const { stdout } = await run(process.execPath, [...FROM_SOURCE.slice(1, -1), FORGETFUL]);
  expect(JSON.parse(stdout)).toBe(true);
});

test('a child that dies in the middle is replaced, and nobody notices', async () => {
  await using hasher = argon2PasswordHasher({ clock: endlessClock, command: FROM_SOURCE });
  const before = await hasher.hash('secret');
  const child = await childPid();
  process.kill(child, 'SIGSTOP');
  const pending = Promise.all([hasher.verify(before, 'secret'), hasher.verify(before, 'other')]);
  process.kill(child, 'SIGKILL');
  expect(await pending).toEqual([true, false]);
});

test('a child that hashed nothing for a while is ended, and the next password starts another', async () => {
  const due: { readonly delayMs: number; readonly task: () => void }[] = [];
  const clock: Clock = {
    ...endlessClock,
    schedule: (delayMs, task) => {
      const timer = { delayMs, task };
      due.push(timer);
      return { cancel: () => due.splice(due.indexOf(timer), 1) };
    },
  };
  await using hasher = argon2PasswordHasher({ clock, command: FROM_SOURCE });
  const encoded = await hasher.hash('secret');
  const first = await childPid();
  expect(due.map(({ delayMs }) => delayMs)).toEqual([CRYPTO_LIMITS.passwordIdleMs]);
  due.splice(0).forEach(({ task }) => task());
  await expect.poll(() => childPid().catch(() => 0)).toBe(0);
  expect(await hasher.verify(encoded, 'secret')).toBe(true);
  expect(await childPid()).not.toBe(first);
});

// fills CRYPTO_LIMITS.waitingPasswords
test('more passwords than may wait are refused at once, and the others are served', async () => {
  await using hasher = argon2PasswordHasher({ clock: endlessClock, command: FROM_SOURCE });
  const waiting = Array.from({ length: CRYPTO_LIMITS.waitingPasswords + 1 }, () =>
    hasher.hash('secret'),
  );
  await expect(hasher.hash('one too many')).rejects.toMatchObject({ code: 'throttled' });
  expect(new Set(await Promise.all(waiting)).size).toBe(waiting.length);
});

// fills CRYPTO_LIMITS.passwordProcessStarts
test('a child that cannot stay alive makes an error, not an endless wait', async () => {
  await using hasher = argon2PasswordHasher({
    clock: endlessClock,
    command: [process.execPath, '--eval', 'process.exit(3)', '--'],
  });
  await expect(hasher.hash('secret')).rejects.toMatchObject({ code: 'unavailable' });
  await using missing = argon2PasswordHasher({
    clock: endlessClock,
    command: ['/nowhere/holdfast'],
  });
  await expect(missing.hash('secret')).rejects.toMatchObject({ code: 'unavailable' });
});

// fills CRYPTO_LIMITS.passwordTimeoutMs
test('a child that answers nothing is given up after its time', async () => {
  const due: (() => void)[] = [];
  const armed = deferred();
  const clock: Clock = {
    ...endlessClock,
    schedule: (_delayMs, task) => {
      due.push(task);
      armed.resolve();
      return { cancel: () => {} };
    },
  };
  await using hasher = argon2PasswordHasher({
    clock,
    command: [process.execPath, '--eval', 'process.on("message", () => {})', '--'],
  });
  const pending = expect(hasher.hash('secret')).rejects.toMatchObject({ code: 'unavailable' });
  await armed.promise;
  due[0]?.();
  await expect.poll(() => due.length).toBe(CRYPTO_LIMITS.passwordProcessStarts);
  due[1]?.();
  await pending;
});

test('disposal rejects what waits', async () => {
  const hasher = argon2PasswordHasher({ clock: endlessClock, command: FROM_SOURCE });
  const pending = [hasher.hash('one'), hasher.hash('two')].map((hash) =>
    expect(hash).rejects.toMatchObject({ code: 'unavailable' }),
  );
  await hasher[Symbol.asyncDispose]();
  await Promise.all(pending);
});

test('a stored text that is no hash is damage, not a wrong password', async () => {
  await using hasher = argon2PasswordHasher({ clock: endlessClock, command: FROM_SOURCE });
  await expect(hasher.verify('nonsense', 'secret')).rejects.toMatchObject({ code: 'damaged' });
});

/** The only child of this test's process that runs the program. */
async function childPid(): Promise<number> {
  const { stdout } = await run('pgrep', ['-P', String(process.pid), '-f', 'password-program']);
  return Number(stdout.trim());
}
