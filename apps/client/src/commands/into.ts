import { HoldfastError, isHoldfastError } from '@holdfast/contracts';
import { safeText } from '../display/safe-text.ts';
import { operandOf } from '../operands/operand.ts';
import {
  findEntry,
  findTarget,
  remoteOperand,
  remoteOperands,
} from '../operands/remote-operands.ts';
import { joinRemote, nameOf } from '../operands/remote-path.ts';
import type { CommandContext } from './context.ts';

/** Where each source of `mv` and `cp` goes. */
export interface Target {
  readonly from: string;
  readonly to: string;
}

/**
 * `A… FOLDER` goes into the folder; `A B` makes it B. The folder must be there, or a link must lead
 * to it. Another link that is named as the target is replaced, or what it leads to is written.
 */
export async function targetsOf(
  context: CommandContext,
  args: readonly string[],
  links: 'replaced' | 'written-through',
): Promise<readonly Target[]> {
  const last = args.at(-1);
  if (last === undefined || args.length < 2) {
    throw new HoldfastError('invalid-argument', 'Say from where, and to where.');
  }
  const sources = await remoteOperands(context, args.slice(0, -1));
  const named = await remoteOperand(context, last);
  const behind = await findTarget(context, named).catch((error: unknown) => {
    if (links === 'replaced' && isHoldfastError(error)) return undefined;
    throw error;
  });
  if (behind?.entry?.kind === 'folder') {
    return sources.map((from) => ({ from, to: joinRemote(behind.path, nameOf(from)) }));
  }
  const target = links === 'replaced' ? named : (behind?.path ?? named);
  const present = behind === undefined || behind.entry !== undefined;
  const [from] = sources;
  const meantFolder = operandOf(last).text.endsWith('/') && !present;
  if (sources.length === 1 && from !== undefined && !meantFolder) return [{ from, to: target }];
  if (sources.length === 1 && from !== undefined) {
    // A folder may be renamed to a name written with a slash.
    const source = await findEntry(context, from);
    if (source?.kind === 'folder') return [{ from, to: target }];
  }
  throw new HoldfastError(
    present ? 'not-a-folder' : 'not-found',
    present
      ? `${safeText(target)} is a file, and several files need a folder.`
      : `There is no folder ${safeText(target)}. Make it with mkdir, or name one that is there.`,
  );
}
