import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError } from '@holdfast/contracts';
import { ProgressBar } from '../display/progress-bar.ts';
import { followLink } from '../operands/follow-link.ts';
import { localOperand } from '../operands/local-operands.ts';
import { operandOf } from '../operands/operand.ts';
import { remoteOperands } from '../operands/remote-operands.ts';
import { nameOf } from '../operands/remote-path.ts';
import type { Command } from './command.ts';
import type { CommandContext } from './context.ts';
import { getTree } from './get-tree.ts';
import { Getting, type GetFlags } from './getting.ts';
import { printFile } from './print-file.ts';
import { transferFailed } from './transfer-failed.ts';
import { wholeNumber } from './whole-number.ts';

const STANDARD_OUTPUT = '-';

export const get: Command = {
  name: 'get',
  operands: ['remote', 'local'],
  declare: (program, run) =>
    program
      .command('get')
      .description('fetch files to this computer; a link that is named stands for what it leads to')
      .argument(
        '<remote...>',
        'files or folders; then the new local name, a local folder, or - for standard output',
      )
      .usage('[options] REMOTE… [LOCAL]')
      .option(
        '-r, --recursive',
        'folders with all that is in them: times, modes, links, empty folders',
      )
      .option('--version <n>', 'this version; see history', wholeNumber(1))
      .option('-f, --force', 'replace local files without asking')
      .option('--json', 'tell the result as JSON')
      .action(run(getAll)),
};

async function getAll(
  context: CommandContext,
  args: readonly string[],
  flags: GetFlags,
): Promise<void> {
  const last = args.length > 1 ? args.at(-1) : undefined;
  const sources = await remoteOperands(context, last === undefined ? args : args.slice(0, -1));
  if (flags.version !== undefined && (sources.length > 1 || flags.recursive)) {
    throw new HoldfastError('invalid-argument', '--version goes with a single file.');
  }
  if (last === STANDARD_OUTPUT) {
    for (const source of sources) await printFile(context, source, flags.version);
    return;
  }
  const target = last === undefined ? context.localFolder : localOperand(context, last);
  const into = await intoFolder(target, last, sources.length);
  const client = await context.client();
  using bar = new ProgressBar(context.terminal, context.clock, 'get');
  const getting = new Getting(context, client, flags, bar);
  for (const source of sources) {
    try {
      await getOne(getting, source, into ? join(target, nameOf(source) || 'root') : target);
    } catch (error) {
      if (sources.length === 1 || context.signal.aborted) throw transferFailed(error);
      getting.failed(source, error);
    }
  }
  bar[Symbol.dispose]();
  getting.report();
}

async function getOne(getting: Getting, path: string, local: string): Promise<void> {
  const { context, flags } = getting;
  const followed = await followLink(context, path);
  if (followed.entry.kind !== 'folder') {
    if (flags.version === undefined) getting.expect(followed.entry.sizeBytes);
    await getting.file(followed.path, local);
    return;
  }
  if (!flags.recursive) {
    throw new HoldfastError('is-a-folder', `${path} is a folder. Use -r to get folders.`);
  }
  await getTree(getting, followed.path, followed.entry, local);
}

/** Whether the sources go into `target` under their own names. */
async function intoFolder(
  target: string,
  typed: string | undefined,
  sources: number,
): Promise<boolean> {
  if (typed === undefined) return true;
  const found = await stat(target).catch(() => undefined);
  if (found?.isDirectory()) return true;
  if (sources === 1 && !operandOf(typed).text.endsWith('/')) return false;
  throw new HoldfastError(
    found ? 'not-a-folder' : 'not-found',
    found
      ? `${target} is a file, and several files need a folder.`
      : `There is no local folder ${target}. Make it first, or name one that is there.`,
  );
}
