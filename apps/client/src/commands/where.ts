import { formatCount } from '../display/count.ts';
import { safeText } from '../display/safe-text.ts';
import { formatSize } from '../display/size.ts';
import { formatTable } from '../display/table.ts';
import { followLink } from '../operands/follow-link.ts';
import { remoteOperand } from '../operands/remote-operands.ts';
import type { Command } from './command.ts';
import type { CommandContext } from './context.ts';
import { wholeNumber } from './whole-number.ts';

interface WhereFlags {
  readonly version?: number;
  readonly chunks?: boolean;
  readonly json?: boolean;
}

interface PlacedChunk {
  readonly offset: number;
  readonly length: number;
  readonly hash: string;
  readonly holders: readonly {
    readonly server: string;
    readonly confirmed: boolean;
    readonly live: boolean;
  }[];
}

export const where: Command = {
  name: 'where',
  operands: ['remote', 'none'],
  declare: (program, run) =>
    program
      .command('where')
      .description('show which servers hold a file')
      .argument('<path>', 'a file')
      .option('--version <n>', 'this version; see history', wholeNumber(1))
      .option('--chunks', 'show every part (chunk) of the file')
      .option('--json', 'tell the result as JSON')
      .action(run(locate)),
};

async function locate(
  context: CommandContext,
  [argument = '']: readonly string[],
  { version, chunks: showChunks, json }: WhereFlags,
): Promise<void> {
  const { files } = await context.client();
  const { terminal, signal } = context;
  const { path } = await followLink(context, await remoteOperand(context, argument));
  const chunks: PlacedChunk[] = [];
  let page;
  do {
    const last = chunks.at(-1);
    const fromOffset = last ? last.offset + last.length : 0;
    page = await files.where({ path, version, fromOffset }, { signal });
    chunks.push(...page.chunks);
  } while (page.more && page.chunks.length > 0);
  const { entry } = page;
  if (json) {
    terminal.print(`${JSON.stringify({ path, ...entry, chunks })}\n`);
    return;
  }
  const number = formatCount(chunks.length, 'part');
  const { style } = terminal;
  const size =
    entry.sizeBytes === 0
      ? 'empty, so that no server needs to hold any of it'
      : `${formatSize(entry.sizeBytes)} in ${number}`;
  terminal.print(`${safeText(path)}: version ${entry.version}, ${size}\n`);
  terminal.print(
    formatTable(
      [{}, {}, {}],
      holdings(chunks).map(({ server, held, live, confirmed }) => [
        `  ${server}`,
        held === chunks.length ? 'all of it' : `${held} of ${chunks.length} parts`,
        live
          ? confirmed
            ? style.green('live')
            : style.yellow('being checked')
          : style.red('gone'),
      ]),
    ),
  );
  const unheld = chunks.filter(({ holders }) => !holders.some(({ live }) => live)).length;
  if (unheld > 0) {
    terminal.print(
      style.red(
        `  ${unheld} of ${formatCount(chunks.length, 'part')} ${unheld === 1 ? 'is' : 'are'} on no live server: unreadable now\n`,
      ),
    );
  }
  if (showChunks && chunks.length > 0) {
    terminal.print(
      formatTable(
        [
          { title: 'offset', align: 'right' },
          { title: 'bytes', align: 'right' },
          { title: 'hash' },
          { title: 'servers' },
        ],
        chunks.map(({ offset, length, hash, holders }) => [
          String(offset),
          String(length),
          hash.slice(0, 16),
          holders.map(({ server, live }) => (live ? server : style.red(server))).join(' '),
        ]),
      ),
    );
  }
}

function holdings(
  chunks: readonly PlacedChunk[],
): { server: string; held: number; live: boolean; confirmed: boolean }[] {
  const byServer = new Map<string, { held: number; live: boolean; confirmed: boolean }>();
  for (const { holders } of chunks) {
    for (const { server, live, confirmed } of holders) {
      const before = byServer.get(server) ?? { held: 0, live, confirmed: true };
      const all = before.confirmed && confirmed;
      byServer.set(server, { held: before.held + 1, live, confirmed: all });
    }
  }
  return [...byServer]
    .map(([server, held]) => ({ server, ...held }))
    .sort((a, b) => (a.server < b.server ? -1 : 1));
}
