import { group, type Command } from '../commands/command.ts';
import { openClusterFolder } from './cluster-folder.ts';
import type { ClusterFlags } from './cluster-option.ts';
import { resetPassword } from './reset-password.ts';

interface ResetFlags extends ClusterFlags {
  readonly config?: string;
  readonly user?: string;
}

/** `admin reset`, for when the last administrator's password is lost. */
export const adminResetCommand: Command = {
  name: 'admin reset',
  only: 'shell',
  operands: ['none'],
  declare(program, run) {
    group(program, 'admin', "help out on the frontend's machine")
      .command('reset')
      .description("set a new password without a login, on the frontend's machine")
      .option('-u, --user <user>', 'whose password; the first administrator by default')
      .option('--config <file>', "the frontend's file")
      .option('--data <folder>', 'the folder of the cluster')
      .action(
        run<ResetFlags>(async ({ terminal }, _, { data, ...options }) => {
          const lines = await resetPassword(openClusterFolder(data), options);
          for (const line of lines) terminal.say(line);
        }),
      );
  },
};
