import type { Command } from '../commands/command.ts';
import { confirm } from '../commands/confirm.ts';
import { openClusterFolder } from './cluster-folder.ts';
import type { ClusterFlags } from './cluster-option.ts';
import { rebuildDirectory } from './rebuild-directory.ts';

interface RebuildFlags extends ClusterFlags {
  readonly config?: string;
  readonly acceptLoss?: boolean;
  readonly yes?: boolean;
}

const QUESTION =
  'Go on without the file servers that do not come, and give up what only they know?';

/** `rebuild`, for when the frontend's disk was lost or set back. */
export const rebuildCommand: Command = {
  name: 'rebuild',
  only: 'shell',
  operands: ['none'],
  declare(program, run) {
    program
      .command('rebuild')
      .description("make a lost directory anew from the file servers, on the frontend's machine")
      .option('--accept-loss', 'even if some servers do not come, whatever only they know')
      .option('-y, --yes', 'do not ask')
      .option('--config <file>', "the frontend's file")
      .option('--data <folder>', 'the folder of the cluster')
      .action(
        run<RebuildFlags>(async (context, _, { data, config, acceptLoss = false, yes }) => {
          if (acceptLoss && !(await confirm(context, QUESTION, yes))) return;
          const lines = await rebuildDirectory(openClusterFolder(data), { config, acceptLoss });
          for (const line of lines) context.terminal.say(line);
        }),
      );
  },
};
