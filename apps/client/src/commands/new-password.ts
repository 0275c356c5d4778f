import { DATA_LIMITS, HoldfastError } from '@holdfast/contracts';
import type { CommandContext } from './context.ts';
import { readPasswordInput } from './password-input.ts';

/**
 * A new password: from standard input with `--password-stdin`, otherwise asked for twice. Undefined
 * when the person gives up with an empty line.
 */
export async function newPassword(
  context: CommandContext,
  user: string,
  fromInput: boolean | undefined,
): Promise<string | undefined> {
  const { terminal, signal, atPrompt } = context;
  if (fromInput && !atPrompt) return checked(await readPasswordInput(terminal.input));
  if (!terminal.canAsk) {
    throw new HoldfastError(
      'invalid-argument',
      'A password is asked for on a terminal only. Use --password-stdin.',
    );
  }
  const first = await terminal.askSecret(`New password for ${user}: `, signal);
  if (first === undefined) return undefined;
  const second = await terminal.askSecret('The same again: ', signal);
  if (first !== second) {
    throw new HoldfastError('invalid-argument', 'The two passwords differ. Nothing was changed.');
  }
  return checked(first);
}

function checked(password: string): string {
  if (password === '') {
    throw new HoldfastError('invalid-argument', 'A password cannot be empty.');
  }
  if (Buffer.byteLength(password) > DATA_LIMITS.passwordBytes) {
    throw new HoldfastError(
      'invalid-argument',
      `A password has at most ${DATA_LIMITS.passwordBytes} bytes.`,
    );
  }
  return password;
}
