import { setMaxListeners } from 'node:events';
import { HoldfastError, type PasswordHasher } from '@holdfast/contracts';
import { type Clock, deadline, Semaphore, type Timer } from '@holdfast/kernel';
import { CRYPTO_LIMITS } from './limits.ts';
import type { PasswordAnswer, PasswordRequest } from './password-hasher-messages.ts';
import { type PasswordCommand, PasswordProcess } from './password-process.ts';

export interface Argon2Options {
  readonly clock: Clock;
  readonly command: PasswordCommand;
}

/**
 * argon2id in a child process of its own, one password at a time. In the process itself it would
 * share the few threads that sync files, and sixteen logins at once would stop all commits for a
 * second. The child starts with the first password, ends when none came for a while, and starts again
 * with the next; it does not keep its parent alive, and ends with it.
 *
 * Both methods reject with `throttled` when too many passwords wait, and with `unavailable` if no
 * child can be kept alive or after disposal; `verify` rejects with `damaged` if `encoded` is no hash.
 */
export function argon2PasswordHasher(options: Argon2Options): PasswordHasher & AsyncDisposable {
  return new Argon2PasswordHasher(options);
}

class Argon2PasswordHasher implements PasswordHasher, AsyncDisposable {
  readonly #clock: Clock;
  readonly #command: PasswordCommand;
  readonly #turn: Semaphore = new Semaphore(1);
  readonly #closed: AbortController = new AbortController();
  #process: PasswordProcess | undefined;
  #resting: Timer | undefined;

  constructor({ clock, command }: Argon2Options) {
    this.#clock = clock;
    this.#command = command;
    setMaxListeners(CRYPTO_LIMITS.waitingPasswords + 1, this.#closed.signal);
  }

  async hash(password: string): Promise<string> {
    const answer = await this.#ask({ kind: 'hash', password });
    if ('encoded' in answer) return answer.encoded;
    throw new HoldfastError('internal', `A password could not be hashed: ${failureOf(answer)}`);
  }

  async verify(encoded: string, password: string): Promise<boolean> {
    const answer = await this.#ask({ kind: 'verify', encoded, password });
    if ('matches' in answer) return answer.matches;
    throw new HoldfastError(
      'damaged',
      `A stored password hash cannot be used: ${failureOf(answer)}. Set a new password.`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(unavailable('this part is stopping'));
    this.#resting?.cancel();
    await this.#process?.[Symbol.asyncDispose]();
  }

  async #ask(request: PasswordRequest): Promise<PasswordAnswer> {
    if (this.#turn.waiting >= CRYPTO_LIMITS.waitingPasswords) {
      throw new HoldfastError('throttled', 'Too many logins at once: try again in a few seconds.');
    }
    using _turn = await this.#turn.acquire(1, this.#closed.signal);
    let failure: unknown;
    for (let start = 0; start < CRYPTO_LIMITS.passwordProcessStarts; start++) {
      this.#closed.signal.throwIfAborted();
      try {
        return await this.#askOnce(request);
      } catch (error) {
        failure = error;
      }
    }
    this.#closed.signal.throwIfAborted();
    throw unavailable('its process does not stay alive', failure);
  }

  async #askOnce(request: PasswordRequest): Promise<PasswordAnswer> {
    this.#resting?.cancel();
    if (!this.#process?.alive) this.#process = new PasswordProcess(this.#command);
    const hashing = this.#process;
    using limit = deadline(this.#clock, CRYPTO_LIMITS.passwordTimeoutMs, () =>
      unavailable('its process did not answer'),
    );
    const answer = await hashing.ask(request, limit.signal);
    this.#resting = this.#clock.schedule(CRYPTO_LIMITS.passwordIdleMs, () => {
      void hashing[Symbol.asyncDispose]();
    });
    return answer;
  }
}

function unavailable(why: string, cause?: unknown): HoldfastError {
  return new HoldfastError('unavailable', `No password can be checked now: ${why}. Try again.`, {
    cause,
  });
}

function failureOf(answer: PasswordAnswer): string {
  return 'failure' in answer ? answer.failure : 'unexpected answer';
}
