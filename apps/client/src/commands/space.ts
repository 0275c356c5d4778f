import { formatCount } from '../display/count.ts';
import { safeText } from '../display/safe-text.ts';
import { formatSize } from '../display/size.ts';
import { formatTable } from '../display/table.ts';
import { remoteOperands } from '../operands/remote-operands.ts';
import type { Command } from './command.ts';
import type { CommandContext } from './context.ts';

interface JsonFlag {
  readonly json?: boolean;
}

export const du: Command = {
  name: 'du',
  operands: ['remote'],
  declare: (program, run) =>
    program
      .command('du')
      .description('count what is below folders')
      .argument('[path...]', 'files or folders; the present folder by default')
      .option('--json', 'tell the result as JSON')
      .action(run(countBelow)),
};

export const df: Command = {
  name: 'df',
  operands: ['none'],
  declare: (program, run) =>
    program
      .command('df')
      .description('show the space of every server')
      .option('--json', 'tell the result as JSON')
      .action(run(showSpace)),
};

async function countBelow(
  context: CommandContext,
  args: readonly string[],
  { json }: JsonFlag,
): Promise<void> {
  const { files } = await context.client();
  const paths = await remoteOperands(context, args.length > 0 ? args : ['.']);
  const counted = [];
  for (const path of paths) {
    const usage = await files.usage({ path }, { signal: context.signal });
    counted.push({ path, ...usage });
  }
  if (json) {
    context.terminal.print(`${JSON.stringify(paths.length === 1 ? counted[0] : counted)}\n`);
    return;
  }
  const rows = counted.map(({ path, sizeBytes, files: fileCount, folders }) => [
    formatSize(sizeBytes),
    formatCount(fileCount, 'file'),
    formatCount(folders, 'folder'),
    safeText(path),
  ]);
  context.terminal.print(
    formatTable([{ align: 'right' }, { align: 'right' }, { align: 'right' }, {}], rows),
  );
}

async function showSpace(
  context: CommandContext,
  _args: readonly string[],
  { json }: JsonFlag,
): Promise<void> {
  const client = await context.client();
  const { status } = await client.cluster.status({}, { signal: context.signal });
  const servers = status.servers.map(
    ({ name, state, totalBytes, freeBytes, chunkBytes, segmentBytes, chunks }) => ({
      name,
      state,
      totalBytes,
      freeBytes,
      chunkBytes,
      segmentBytes,
      chunks,
    }),
  );
  if (json) {
    context.terminal.print(`${JSON.stringify(servers)}\n`);
    return;
  }
  const rows = servers.map(({ name, state, totalBytes, freeBytes, chunkBytes, segmentBytes }) => [
    name,
    formatSize(totalBytes),
    formatSize(chunkBytes),
    segmentBytes === undefined ? '-' : formatSize(segmentBytes),
    formatSize(freeBytes),
    totalBytes > 0 ? `${Math.round(100 * (1 - freeBytes / totalBytes))}%` : '-',
    state,
  ]);
  const columns = [
    { title: 'server' },
    { title: 'disk', align: 'right' },
    { title: 'stored', align: 'right' },
    { title: 'takes on disk', align: 'right' },
    { title: 'free', align: 'right' },
    { title: 'disk full', align: 'right' },
    { title: 'state' },
  ] as const;
  context.terminal.print(formatTable(columns, rows));
}
