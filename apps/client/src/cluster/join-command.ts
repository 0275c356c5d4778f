import type { Command } from '../commands/command.ts';
import { openClusterFolder } from './cluster-folder.ts';
import { wholeNumber } from '../commands/whole-number.ts';
import type { ClusterFlags } from './cluster-option.ts';
import { joinCluster } from './join-cluster.ts';

export const joinCommand: Command = {
  name: 'join',
  only: 'shell',
  operands: ['none'],
  declare(program, run) {
    program
      .command('join')
      .argument('<line>', 'the line that `server invite` printed on the first machine')
      .description('make a server of this machine')
      .option('--data <folder>', 'the folder for key, configuration and data')
      .option('--host <host>', 'where the cluster reaches this machine')
      .option('--port <port>', 'the port of the server', wholeNumber(1, 65_535))
      .action(
        run<ClusterFlags & { host?: string; port?: number }>(
          async ({ terminal }, [line = ''], { data, ...options }) => {
            const joined = await joinCluster(openClusterFolder(data), line, options);
            terminal.say(
              `Wrote ${joined.file}: ${joined.name} will be reached at ${joined.address}.`,
            );
            const place = data === undefined ? '' : ` --data ${data}`;
            terminal.say(
              `Start it in the background: holdfast cluster start ${joined.name}${place}`,
            );
            terminal.say(`Or in the foreground: holdfast server --config ${joined.file}`);
          },
        ),
      );
  },
};
