import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { ARGON2_PARAMETERS } from './argon2-parameters.ts';
import type { PasswordAnswer, PasswordRequest } from './password-hasher-messages.ts';

/**
 * The program that `argon2PasswordHasher` starts: serves passwords until the parent is gone. Returns
 * false at once if this process was not started by a hasher.
 */
export async function servePasswords(): Promise<boolean> {
  const send = process.send?.bind(process);
  if (!send) return false;
  const gone = once(process, 'disconnect');
  // It ends with its parent, which may finish its work after a Ctrl-C that reached both.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
  yieldToParent();
  process.on('message', (request: PasswordRequest) => {
    void answer(request).then((message) => process.connected && send(message));
  });
  await gone;
  return true;
}

/** However many logins come, syncing and serving files goes first. */
function yieldToParent(): void {
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // A system that forbids it only loses some smoothness.
  }
}

async function answer(request: PasswordRequest): Promise<PasswordAnswer> {
  try {
    const { argon2id, hash, verify } = (await import('argon2')).default;
    if (request.kind === 'verify') {
      return { matches: await verify(request.encoded, request.password) };
    }
    return { encoded: await hash(request.password, { type: argon2id, ...ARGON2_PARAMETERS }) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
