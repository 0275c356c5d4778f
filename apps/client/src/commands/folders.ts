import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { HoldfastError } from '@holdfast/contracts';
import { safeText } from '../display/safe-text.ts';
import { formatColumns } from '../display/table.ts';
import { withLocalErrors } from '../local/local-error.ts';
import { followLink } from '../operands/follow-link.ts';
import { localOperand } from '../operands/local-operands.ts';
import { remoteOperand } from '../operands/remote-operands.ts';
import type { Command } from './command.ts';

export const cd: Command = {
  name: 'cd',
  only: 'prompt',
  operands: ['remote-folder', 'none'],
  declare: (program, run) =>
    program
      .command('cd')
      .description('go to a folder; to your home without one')
      .argument('[folder]', 'a folder; ~ is your home')
      .action(
        run(async (context, [folder = '~']) => {
          const { path, entry } = await followLink(context, await remoteOperand(context, folder));
          const { files } = await context.client();
          if (entry.kind === 'file') {
            throw new HoldfastError('not-a-folder', `${safeText(path)} is a file.`);
          }
          // Shows that the folder may be entered.
          await files.list({ path, limit: 1 }, { signal: context.signal });
          context.changeFolder(path);
        }),
      ),
};

export const pwd: Command = {
  name: 'pwd',
  operands: ['none'],
  declare: (program, run) =>
    program
      .command('pwd')
      .description('show the present folder')
      .action(
        run(async (context) => {
          context.terminal.print(`${safeText((await context.place()).folder)}\n`);
        }),
      ),
};

export const lcd: Command = {
  name: 'lcd',
  only: 'prompt',
  operands: ['local-folder', 'none'],
  declare: (program, run) =>
    program
      .command('lcd')
      .description('go to a folder on this computer, where put and get work')
      .argument('[folder]', 'a local folder; your home by default')
      .action(
        run(async (context, [folder = homedir()]) => {
          const path = localOperand(context, folder);
          const found = await withLocalErrors('enter', path, () => stat(path));
          if (!found.isDirectory()) {
            throw new HoldfastError('not-a-folder', `${path} is a file on this computer.`);
          }
          context.changeLocalFolder(path);
          context.terminal.print(`${safeText(path)}\n`);
        }),
      ),
};

export const lls: Command = {
  name: 'lls',
  operands: ['local'],
  declare: (program, run) =>
    program
      .command('lls')
      .description('list a folder on this computer')
      .argument('[folder]', 'a local folder; the present one by default')
      .action(
        run(async (context, [folder = '.']) => {
          const path = localOperand(context, folder);
          const entries = await withLocalErrors('list', path, () =>
            readdir(path, { withFileTypes: true }),
          );
          const { terminal } = context;
          const names = entries
            .filter(({ name }) => !name.startsWith('.'))
            .map((entry) => safeText(entry.name) + (entry.isDirectory() ? '/' : ''))
            .sort();
          const text = terminal.outputIsTty
            ? formatColumns(names, terminal.columns)
            : names.map((name) => `${name}\n`).join('');
          terminal.print(text);
        }),
      ),
};
