import type { Command } from '../commands/command.ts';
import { openClusterFolder } from './cluster-folder.ts';
import { clusterCommand, type ClusterFlags } from './cluster-option.ts';
import { clusterUp } from './cluster-up.ts';

export const upCommand: Command = {
  name: 'cluster up',
  operands: ['none'],
  declare(program, run) {
    clusterCommand(program, 'up')
      .description('start a cluster in the background; makes it at first use')
      .option('--servers <count>', 'how many servers', Number)
      .option('--port <port>', 'port of the frontend; the servers take the next ones', Number)
      .option('--if-down', 'do nothing if any part runs')
      .action(
        run<ClusterFlags & { servers?: number; port?: number; ifDown?: boolean }>(
          async ({ terminal }, _, { data, ...options }) => {
            const lines = await clusterUp(openClusterFolder(data), options);
            for (const line of lines) terminal.say(line);
          },
        ),
      );
  },
};
