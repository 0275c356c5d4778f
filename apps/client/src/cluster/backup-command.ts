import type { Command } from '../commands/command.ts';
import { backUpDirectory } from './back-up-directory.ts';
import { openClusterFolder } from './cluster-folder.ts';
import type { ClusterFlags } from './cluster-option.ts';

interface BackupFlags extends ClusterFlags {
  readonly config?: string;
}

/** `backup DIR`, on the frontend's machine while it runs. */
export const backupCommand: Command = {
  name: 'backup',
  only: 'shell',
  operands: ['local-folder'],
  declare(program, run) {
    program
      .command('backup')
      .description("copy names, versions and users, on the frontend's machine while it runs")
      .argument('<folder>', 'a folder that does not exist yet, or an empty one')
      .option('--config <file>', "the frontend's file")
      .option('--data <folder>', 'the folder of the cluster')
      .action(
        run<BackupFlags>(async ({ terminal, signal }, [target = ''], { data, config }) => {
          const folder = openClusterFolder(data);
          terminal.say(await backUpDirectory(folder, { target, config, signal }));
        }),
      );
  },
};
