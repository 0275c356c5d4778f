import { HoldfastError } from '@holdfast/contracts';
import { CLIENT_LIMITS } from './limits.ts';
import type { Terminal } from './terminal/terminal.ts';

/** Asks a person for a password, and again where it was refused, a few times. */
export class PasswordPrompt {
  readonly #terminal: Pick<Terminal, 'canAsk' | 'say' | 'askSecret'>;
  readonly #user: string;
  #tries = 0;

  constructor(terminal: Pick<Terminal, 'canAsk' | 'say' | 'askSecret'>, user: string) {
    this.#terminal = terminal;
    this.#user = user;
  }

  /**
   * The password; undefined once the person has mistyped it too often. `refused` is why the last one
   * was not taken. Rejects with `unauthenticated` where nobody can be asked for a first one.
   */
  async ask(refused: Error | undefined, signal: AbortSignal): Promise<string | undefined> {
    const terminal = this.#terminal;
    if (!terminal.canAsk || this.#tries++ >= CLIENT_LIMITS.passwordTries) {
      if (refused) return undefined;
      throw noPassword(this.#user);
    }
    if (refused) terminal.say(refused.message);
    const password = await terminal.askSecret(`Password of ${this.#user}: `, signal);
    if (password === undefined) throw new HoldfastError('cancelled', 'Not logged in.');
    return password;
  }
}

function noPassword(user: string): HoldfastError {
  return new HoldfastError(
    'unauthenticated',
    `The password of ${user} is needed, and nobody can be asked here. Give it in HOLDFAST_PASSWORD, with --password-stdin, or log in once with holdfast connect.`,
  );
}
