import { basename } from 'node:path';
import { stat } from 'node:fs/promises';
import { HoldfastError } from '@holdfast/contracts';
import { ProgressBar } from '../display/progress-bar.ts';
import { safeText } from '../display/safe-text.ts';
import { lookAtSource } from '../local/look-at-source.ts';
import { localOperands } from '../operands/local-operands.ts';
import { operandOf } from '../operands/operand.ts';
import { findTarget, remoteOperand } from '../operands/remote-operands.ts';
import { joinRemote } from '../operands/remote-path.ts';
import type { Command } from './command.ts';
import type { CommandContext } from './context.ts';
import { Putting, type PutFlags } from './putting.ts';
import { putTree } from './put-tree.ts';
import { transferFailed } from './transfer-failed.ts';
import { wholeNumber } from './whole-number.ts';

const STANDARD_INPUT = '-';

export const put: Command = {
  name: 'put',
  operands: ['local', 'remote'],
  declare: (program, run) =>
    program
      .command('put')
      .description('store local files')
      .argument(
        '<local...>',
        'local files or folders, - for standard input; then the new name or a folder',
      )
      .usage('[options] LOCAL… [REMOTE]')
      .option(
        '-r, --recursive',
        'folders with all that is in them: times, modes, links, empty folders',
      )
      .option('--copies <n>', "copies to make, instead of the cluster's setting", wholeNumber(1))
      .option(
        '--require <n>',
        'fail, and store nothing, with fewer copies than this',
        wholeNumber(1),
      )
      .option('--update', 'skip files whose size and time are the same already')
      .option(
        '--if-version <n>',
        'only if this is the present version; 0: no such file',
        wholeNumber(0),
      )
      .option('--json', 'tell the result as JSON')
      .action(run(putAll)),
};

async function putAll(
  context: CommandContext,
  args: readonly string[],
  flags: PutFlags,
): Promise<void> {
  checkCopies(flags);
  const named = args.length > 1 ? args.slice(0, -1) : args;
  const last = args.length > 1 ? args.at(-1) : undefined;
  const sources = named.includes(STANDARD_INPUT) ? [] : await localOperands(context, named);
  if (sources.length === 0) return await putInput(context, named, last, flags);
  const { target, into } = await destinationOf(context, last, {
    sources: sources.length,
    makesFolder: flags.recursive === true && (await isFolder(sources[0])),
  });
  if (flags.ifVersion !== undefined && (sources.length > 1 || flags.recursive)) {
    throw new HoldfastError('invalid-argument', '--if-version goes with a single file.');
  }
  const client = await context.client();
  using bar = new ProgressBar(context.terminal, context.clock, 'put');
  const putting = new Putting(context, client, flags, bar);
  for (const source of sources) {
    const remote = into === undefined ? target : joinRemote(into, basename(source));
    if (remote === undefined) continue;
    try {
      await putOne(putting, source, remote);
    } catch (error) {
      if (sources.length === 1 || context.signal.aborted) throw transferFailed(error);
      putting.failed(source, error);
    }
  }
  bar[Symbol.dispose]();
  putting.report();
}

function checkCopies({ copies, require }: PutFlags): void {
  if (copies === undefined || require === undefined || require <= copies) return;
  throw new HoldfastError(
    'invalid-argument',
    `--require ${require} can never be reached with --copies ${copies}. Ask for as many copies as you require.`,
  );
}

/** Where the sources go: into a folder, or to the new name of the only one. */
interface Destination {
  readonly into?: string;
  readonly target?: string;
}

async function destinationOf(
  context: CommandContext,
  typed: string | undefined,
  { sources, makesFolder }: { sources: number; makesFolder: boolean },
): Promise<Destination> {
  if (typed === undefined) return { into: (await context.place()).folder };
  const named = await remoteOperand(context, typed);
  const { path: target, entry: present } = await findTarget(context, named);
  if (present?.kind === 'folder') return { into: target };
  // A folder may be given a name that is written with a slash.
  const slash = operandOf(typed).text.endsWith('/');
  if (sources === 1 && (makesFolder || !slash)) return { target };
  const shown = safeText(target);
  throw new HoldfastError(
    present ? 'not-a-folder' : 'not-found',
    present
      ? `${shown} is a file, and several files need a folder.`
      : `There is no folder ${shown}. Make it with mkdir, or name one that is there.`,
  );
}

async function isFolder(path = ''): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

async function putOne(putting: Putting, source: string, remote: string): Promise<void> {
  const found = await lookAtSource(source);
  if (!found.isDirectory()) {
    putting.expect(found.size);
    await putting.file(source, remote);
    return;
  }
  if (!putting.flags.recursive) {
    throw new HoldfastError('is-a-folder', `${source} is a folder. Use -r to send folders.`);
  }
  await putTree(putting, source, remote, found);
}

async function putInput(
  context: CommandContext,
  named: readonly string[],
  last: string | undefined,
  flags: PutFlags,
): Promise<void> {
  if (named.length > 1 || last === undefined) {
    throw new HoldfastError(
      'invalid-argument',
      'Standard input needs a name: holdfast put - REMOTE.',
    );
  }
  if (context.atPrompt) {
    throw new HoldfastError(
      'invalid-argument',
      'At the prompt there is no standard input to send.',
    );
  }
  const { path: target } = await findTarget(context, await remoteOperand(context, last));
  const client = await context.client();
  using bar = new ProgressBar(context.terminal, context.clock, 'standard input');
  const putting = new Putting(context, client, flags, bar);
  await putting.stream(context.terminal.input, target).catch((error: unknown) => {
    throw transferFailed(error);
  });
  bar[Symbol.dispose]();
  putting.report();
}
