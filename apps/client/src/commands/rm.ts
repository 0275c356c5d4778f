import { HoldfastError, type Entry } from '@holdfast/contracts';
import { formatCount } from '../display/count.ts';
import { safeText } from '../display/safe-text.ts';
import { formatSize } from '../display/size.ts';
import { remoteOperands } from '../operands/remote-operands.ts';
import type { Command } from './command.ts';
import { confirm } from './confirm.ts';
import type { CommandContext } from './context.ts';

interface RmFlags {
  readonly recursive?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

export const rm: Command = {
  name: 'rm',
  operands: ['remote'],
  declare: (program, run) =>
    program
      .command('rm')
      .description('delete files and folders; undelete brings them back for a time')
      .argument('<path...>', 'files or folders')
      .option('-r, --recursive', 'folders with all that is in them')
      .option('-y, --yes', 'do not ask')
      .option('--json', 'tell the result as JSON')
      .action(run(removeAll)),
};

async function removeAll(
  context: CommandContext,
  args: readonly string[],
  { recursive = false, yes, json }: RmFlags,
): Promise<void> {
  const { files } = await context.client();
  const { signal, terminal } = context;
  const found: { path: string; entry: Entry }[] = [];
  for (const path of await remoteOperands(context, args)) {
    try {
      const { entry } = await files.stat({ path }, { signal });
      if (entry.kind === 'folder' && !recursive) {
        const shown = safeText(path);
        throw new HoldfastError('is-a-folder', `${shown} is a folder. Use -r to delete folders.`);
      }
      found.push({ path, entry });
    } catch (error) {
      if (args.length === 1) throw error;
      context.fail(error);
    }
  }
  if (found.length === 0) return;
  if (!(await confirm(context, await questionFor(context, found), yes))) return;
  const removed = [];
  for (const { path } of found) {
    const { trashId } = await files.remove({ path, recursive }, { signal });
    removed.push({ path, trashId });
  }
  if (json) {
    terminal.print(`${JSON.stringify(removed)}\n`);
    return;
  }
  const [only] = removed;
  const what = removed.length === 1 && only ? safeText(only.path) : `${removed.length} entries`;
  terminal.print(`deleted ${what}; undelete brings it back\n`);
}

async function questionFor(
  context: CommandContext,
  found: readonly { path: string; entry: Entry }[],
): Promise<string> {
  const [only] = found;
  if (found.length > 1 || !only) return `Delete these ${found.length} entries?`;
  const { path, entry } = only;
  if (entry.kind !== 'folder') return `Delete ${safeText(path)}?`;
  const { files } = await context.client();
  const below = await files.usage({ path }, { signal: context.signal });
  return `Delete the folder ${safeText(path)} with ${formatCount(below.files, 'file')} (${formatSize(below.sizeBytes)})?`;
}
