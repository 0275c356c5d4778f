import type { Command } from '../commands/command.ts';
import { formatTable } from '../display/table.ts';
import { openClusterFolder } from './cluster-folder.ts';
import { clusterCommand, type ClusterFlags } from './cluster-option.ts';
import { clusterProcesses, type PartProcess } from './cluster-processes.ts';
import { pointerToOthers } from './other-clusters.ts';

export const psCommand: Command = {
  name: 'cluster ps',
  operands: ['none'],
  declare(program, run) {
    clusterCommand(program, 'ps')
      .description('list the parts of this machine, with their process ids')
      .option('--json', 'tell the result as JSON')
      .action(
        run<ClusterFlags & { json?: boolean }>(async ({ terminal }, _, { data, json }) => {
          const folder = openClusterFolder(data);
          const parts = await clusterProcesses(folder);
          if (json) terminal.print(`${JSON.stringify(parts, null, 2)}\n`);
          else if (parts.length > 0) terminal.print(tableOf(parts));
          else
            terminal.say(
              `There is no cluster in ${folder.path} yet. holdfast cluster up makes one.`,
            );
          if (parts.some(({ pid }) => pid !== undefined)) return;
          const pointer = await pointerToOthers(folder);
          if (pointer !== undefined) terminal.say(pointer);
        }),
      );
  },
};

const COLUMNS = [
  { title: 'NAME' },
  { title: 'STATE' },
  { title: 'PID', align: 'right' },
  { title: 'ADDRESS' },
  { title: 'DATA' },
] as const;

function tableOf(parts: readonly PartProcess[]): string {
  return formatTable(
    COLUMNS,
    parts.map(({ name, state, pid, listen, data }) => [name, state, `${pid ?? '-'}`, listen, data]),
  );
}
