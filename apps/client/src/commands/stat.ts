import { formatCount } from '../display/count.ts';
import { formatCopies, formatMode } from '../display/entry-line.ts';
import { safeText } from '../display/safe-text.ts';
import { formatSize } from '../display/size.ts';
import { formatTable } from '../display/table.ts';
import { formatTime } from '../display/time.ts';
import { remoteOperands } from '../operands/remote-operands.ts';
import type { Command } from './command.ts';
import type { CommandContext } from './context.ts';

export const stat: Command = {
  name: 'stat',
  operands: ['remote'],
  declare: (program, run) =>
    program
      .command('stat')
      .description('tell everything about a file, folder or link')
      .argument('<path...>', 'files or folders')
      .option('--json', 'tell the result as JSON')
      .action(run(describe)),
};

async function describe(
  context: CommandContext,
  args: readonly string[],
  { json }: { json?: boolean },
): Promise<void> {
  const { files } = await context.client();
  const { terminal } = context;
  const paths = await remoteOperands(context, args);
  for (const [index, path] of paths.entries()) {
    const { entry } = await files.stat({ path }, { signal: context.signal });
    if (json) {
      terminal.print(`${JSON.stringify({ path, ...entry })}\n`);
      continue;
    }
    const rows: [string, string][] = [
      ['path', safeText(path)],
      ['kind', entry.kind],
      ['mode', `${formatMode(entry)} (${entry.mode.toString(8).padStart(4, '0')})`],
      ['owner', safeText(entry.owner)],
      ['modified', formatTime(entry.modifiedMs)],
      [entry.kind === 'file' ? 'stored' : 'made', formatTime(entry.committedMs)],
    ];
    if (entry.kind === 'file') {
      rows.push([
        'size',
        `${formatCount(entry.sizeBytes, 'byte')} (${formatSize(entry.sizeBytes)})`,
      ]);
      rows.push(['version', String(entry.version)]);
      rows.push(['copies', formatCopies(entry, terminal.style)]);
    }
    if (entry.kind === 'link') rows.push(['leads to', safeText(entry.target ?? '')]);
    rows.push(['id', entry.id]);
    terminal.print((index > 0 ? '\n' : '') + formatTable([{}, {}], rows));
  }
}
