import { HoldfastError } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { CLIENT_LIMITS } from './limits.ts';
import { PasswordPrompt } from './password-prompt.ts';
import { FakeTerminal } from './testing/fake-terminal.ts';

const { signal } = new AbortController();
const refused = new HoldfastError('unauthenticated', 'Wrong user name or password.');

// fills CLIENT_LIMITS.passwordTries
test('a password may be mistyped a few times, and no more', async () => {
  const terminal = new FakeTerminal();
  terminal.canAsk = true;
  terminal.answers = Array.from({ length: 10 }, (_, i) => `guess ${i}`);
  const prompt = new PasswordPrompt(terminal, 'anna');
  expect(await prompt.ask(undefined, signal)).toBe('guess 0');
  for (let tries = 1; tries < CLIENT_LIMITS.passwordTries; tries++) {
    expect(await prompt.ask(refused, signal)).toBe(`guess ${tries}`);
  }
  expect(await prompt.ask(refused, signal)).toBeUndefined();
  expect(terminal.said.match(/Password of anna/g)).toHaveLength(CLIENT_LIMITS.passwordTries);
  expect(terminal.said).toContain('Wrong user name or password.');
});

test('where nobody can be asked it is said how else to give a password', async () => {
  const prompt = new PasswordPrompt(new FakeTerminal(), 'anna');
  await expect(prompt.ask(undefined, signal)).rejects.toMatchObject({
    code: 'unauthenticated',
    message: expect.stringContaining('HOLDFAST_PASSWORD'),
  });
});
