import { HoldfastError } from '@holdfast/contracts';
import type { CommandContext } from './context.ts';

/**
 * Asks whether to go on; an empty line is a no, and then the command ends without an error. Where
 * nobody can be asked, a script must have said `--yes`.
 */
export async function confirm(
  context: CommandContext,
  question: string,
  yes: boolean | undefined,
): Promise<boolean> {
  if (yes) return true;
  const { terminal, signal } = context;
  if (!terminal.canAsk) {
    throw new HoldfastError(
      'invalid-argument',
      `${question} Nobody can be asked here. Add --yes if you mean it.`,
    );
  }
  const answer = await terminal.ask(`${question} [y/N] `, signal);
  if (/^y(es)?$/i.test(answer?.trim() ?? '')) return true;
  terminal.say('Nothing was changed.');
  return false;
}
