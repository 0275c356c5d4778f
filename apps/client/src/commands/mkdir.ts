import { remoteOperands } from '../operands/remote-operands.ts';
import type { Command } from './command.ts';

export const mkdir: Command = {
  name: 'mkdir',
  operands: ['remote-folder'],
  declare: (program, run) =>
    program
      .command('mkdir')
      .description('make folders')
      .argument('<folder...>', 'new folders')
      .option('-p, --parents', 'also those above; no error if it is there')
      .option('--json', 'tell the result as JSON')
      .action(
        run<{ parents?: boolean; json?: boolean }>(
          async (context, args, { parents = false, json }) => {
            const { files } = await context.client();
            const made = [];
            for (const path of await remoteOperands(context, args)) {
              const { entry } = await files.makeFolder(
                { path, parents },
                { signal: context.signal },
              );
              made.push({ path, ...entry });
            }
            if (json) context.terminal.print(`${JSON.stringify(made)}\n`);
          },
        ),
      ),
};
