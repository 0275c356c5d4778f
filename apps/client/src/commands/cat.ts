import { remoteOperands } from '../operands/remote-operands.ts';
import type { Command } from './command.ts';
import { printFile } from './print-file.ts';
import { wholeNumber } from './whole-number.ts';

export const cat: Command = {
  name: 'cat',
  operands: ['remote'],
  declare: (program, run) =>
    program
      .command('cat')
      .description('write files to standard output')
      .argument('<remote...>', 'files')
      .option('--version <n>', 'this version; see history', wholeNumber(1))
      .action(
        run<{ version?: number }>(async (context, args, { version }) => {
          for (const path of await remoteOperands(context, args)) {
            await printFile(context, path, version);
          }
        }),
      ),
};
