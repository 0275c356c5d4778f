import type { Entry } from '@holdfast/contracts';
import { longCells, formatName } from '../display/entry-line.ts';
import { safeText } from '../display/safe-text.ts';
import { formatColumns, formatTable, type Column } from '../display/table.ts';
import { followLink } from '../operands/follow-link.ts';
import { remoteOperands } from '../operands/remote-operands.ts';
import { joinRemote } from '../operands/remote-path.ts';
import type { Command } from './command.ts';
import type { CommandContext } from './context.ts';

interface LsFlags {
  readonly long?: boolean;
  readonly recursive?: boolean;
  readonly json?: boolean;
}

interface Listed {
  readonly path: string;
  readonly entry: Entry;
}

const COLUMNS: readonly Column[] = [{}, {}, { align: 'right' }, {}, {}, {}];

export const ls: Command = {
  name: 'ls',
  operands: ['remote'],
  declare: (program, run) =>
    program
      .command('ls')
      .description('list files and folders')
      .argument('[path...]', 'files or folders; the present folder by default')
      .option('-l, --long', 'mode, owner, size, date and copies')
      .option('-R, --recursive', 'folders below, too')
      .option('--json', 'tell the result as JSON')
      .action(run(list)),
};

async function list(
  context: CommandContext,
  args: readonly string[],
  flags: LsFlags,
): Promise<void> {
  const client = await context.client();
  const options = { signal: context.signal };
  const paths = await remoteOperands(context, args.length > 0 ? args : ['.']);
  const files: Listed[] = [];
  const folders: string[] = [];
  for (const path of paths) {
    try {
      const { entry } = await client.files.stat({ path }, options);
      const folder = await folderAt(context, path, entry, flags);
      if (folder !== undefined) folders.push(folder);
      else files.push({ path, entry: { ...entry, name: paths.length > 1 ? path : entry.name } });
    } catch (error) {
      if (paths.length === 1) throw error;
      context.fail(error);
    }
  }
  const all: Listed[] = [...files];
  const print = (listed: readonly Listed[]): void => {
    if (flags.json) all.push(...listed);
    else context.terminal.print(format(context, listed, flags));
  };
  if (!flags.json && files.length > 0) context.terminal.print(format(context, files, flags));
  const titled = flags.recursive === true || paths.length > 1;
  let first = files.length === 0;
  const waiting = folders.toReversed();
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const listed = await entriesOf(context, folder);
    if (titled && !flags.json) {
      context.terminal.print(`${first ? '' : '\n'}${safeText(folder)}:\n`);
    }
    first = false;
    print(listed);
    if (!flags.recursive) continue;
    const below = listed.filter(({ entry }) => entry.kind === 'folder').map(({ path }) => path);
    waiting.push(...below.toReversed());
  }
  if (flags.json) {
    const told = all.map(({ path, entry }) => ({ path, ...entry }));
    context.terminal.print(`${JSON.stringify(told)}\n`);
  }
}

/** A link to a folder is listed as that folder, unless more is wanted to be known of the link. */
async function folderAt(
  context: CommandContext,
  path: string,
  { kind }: Entry,
  { long, json }: LsFlags,
): Promise<string | undefined> {
  if (kind === 'folder') return path;
  if (kind === 'file' || long || json) return undefined;
  const followed = await followLink(context, path).catch(() => undefined);
  return followed?.entry.kind === 'folder' ? followed.path : undefined;
}

async function entriesOf(context: CommandContext, folder: string): Promise<readonly Listed[]> {
  const client = await context.client();
  const listed: Listed[] = [];
  for await (const entry of client.list(folder, context.signal)) {
    listed.push({ path: joinRemote(folder, entry.name), entry });
  }
  return listed;
}

function format(context: CommandContext, listed: readonly Listed[], flags: LsFlags): string {
  const { terminal, clock } = context;
  const { style } = terminal;
  if (flags.long) {
    const nowMs = clock.wallMs();
    return formatTable(
      COLUMNS,
      listed.map(({ entry }) => longCells(entry, nowMs, style)),
    );
  }
  const names = listed.map(({ entry }) => formatName(entry, style));
  if (!terminal.outputIsTty) return names.map((name) => `${name}\n`).join('');
  return formatColumns(names, terminal.columns);
}
