import { HoldfastError, isHoldfastError } from '@holdfast/contracts';
import { safeText } from '../display/safe-text.ts';
import type { Command } from './command.ts';
import { confirm } from './confirm.ts';
import type { CommandContext } from './context.ts';
import { targetsOf, type Target } from './into.ts';

interface MvFlags {
  readonly force?: boolean;
  readonly json?: boolean;
}

export const mv: Command = {
  name: 'mv',
  operands: ['remote'],
  declare: (program, run) =>
    program
      .command('mv')
      .description('move or rename files and folders')
      .argument('<from...>', 'files or folders; then the new name, or a folder')
      .usage('[options] FROM… TO')
      .option('-f, --force', 'replace a file without asking')
      .option('--json', 'tell the result as JSON')
      .action(
        run<MvFlags>(async (context, args, flags) => {
          const moved = [];
          for (const target of await targetsOf(context, args, 'replaced')) {
            if (await moveOne(context, target, flags)) moved.push(target);
          }
          if (flags.json) context.terminal.print(`${JSON.stringify(moved)}\n`);
        }),
      ),
};

/** False if the person does not want what is there to be replaced. */
async function moveOne(
  context: CommandContext,
  { from, to }: Target,
  { force = false }: MvFlags,
): Promise<boolean> {
  const { files } = await context.client();
  const options = { signal: context.signal };
  try {
    await files.rename({ from, to, replace: force }, options);
    return true;
  } catch (error) {
    if (force || !isHoldfastError(error, 'already-exists')) throw error;
    if (!context.terminal.canAsk) {
      const message = `${safeText(to)} is there already. Use --force to replace a file.`;
      throw new HoldfastError('already-exists', message, { cause: error });
    }
    const question = `${safeText(to)} is there already. Replace it?`;
    if (!(await confirm(context, question, false))) return false;
    await files.rename({ from, to, replace: true }, options);
    return true;
  }
}
