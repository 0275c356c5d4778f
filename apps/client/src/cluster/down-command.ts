import type { Command } from '../commands/command.ts';
import { clusterDown } from './cluster-down.ts';
import { openClusterFolder } from './cluster-folder.ts';
import { clusterCommand, type ClusterFlags } from './cluster-option.ts';
import { pointerToOthers } from './other-clusters.ts';

export const downCommand: Command = {
  name: 'cluster down',
  operands: ['none'],
  declare(program, run) {
    clusterCommand(program, 'down')
      .description('stop all parts; what is stored stays')
      .action(
        run<ClusterFlags>(async ({ terminal }, _, { data }) => {
          const folder = openClusterFolder(data);
          const stopped = await clusterDown(folder);
          if (stopped.length > 0) return terminal.say(`Stopped ${stopped.join(', ')}.`);
          terminal.say(`Nothing was running of the cluster in ${folder.path}.`);
          const pointer = await pointerToOthers(folder);
          if (pointer !== undefined) terminal.say(pointer);
        }),
      );
  },
};
