import { HoldfastError } from '@holdfast/contracts';
import { safeText } from '../display/safe-text.ts';
import { formatSize } from '../display/size.ts';
import { formatTable } from '../display/table.ts';
import { formatTime } from '../display/time.ts';
import { followLink } from '../operands/follow-link.ts';
import { remoteOperand } from '../operands/remote-operands.ts';
import type { Command } from './command.ts';

export const history: Command = {
  name: 'history',
  operands: ['remote', 'none'],
  declare: (program, run) =>
    program
      .command('history')
      .description('list the versions of a file')
      .argument('<path>', 'a file')
      .option('--json', 'tell the result as JSON')
      .action(
        run<{ json?: boolean }>(async (context, [argument = ''], { json }) => {
          const { path } = await followLink(context, await remoteOperand(context, argument));
          const { files } = await context.client();
          const { versions } = await files.history({ path }, { signal: context.signal });
          if (json) {
            context.terminal.print(`${JSON.stringify(versions)}\n`);
            return;
          }
          const rows = versions.map((version) => [
            String(version.version),
            formatSize(version.sizeBytes),
            formatTime(version.committedMs),
            safeText(version.author),
            version.current ? context.terminal.style.green('current') : '',
          ]);
          const columns = [
            { title: 'version', align: 'right' },
            { title: 'size', align: 'right' },
            { title: 'stored' },
            { title: 'by' },
            {},
          ] as const;
          context.terminal.print(formatTable(columns, rows));
        }),
      ),
};

export const restore: Command = {
  name: 'restore',
  operands: ['remote', 'none'],
  declare: (program, run) =>
    program
      .command('restore')
      .description('make an old version the present one again')
      .argument('<path>', 'a file')
      .argument('<n>', 'the number of the version; see history')
      .option('--json', 'tell the result as JSON')
      .action(
        run<{ json?: boolean }>(async (context, [argument = '', number = ''], { json }) => {
          const version = Number(number);
          if (!/^\d+$/.test(number) || version < 1) {
            throw new HoldfastError(
              'invalid-argument',
              `${safeText(number)} is no version. Take a number that history shows.`,
            );
          }
          const path = await remoteOperand(context, argument);
          const { files } = await context.client();
          const { entry } = await files.restore({ path, version }, { signal: context.signal });
          const told =
            entry.version === version
              ? `version ${version} of ${safeText(path)} is the present one already`
              : `version ${version} of ${safeText(path)} is now version ${entry.version}`;
          context.terminal.print(`${json ? JSON.stringify({ path, ...entry }) : told}\n`);
        }),
      ),
};
