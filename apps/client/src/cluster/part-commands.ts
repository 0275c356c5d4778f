import type { Command } from '../commands/command.ts';
import { awaitStarted } from './await-ready.ts';
import { openClusterFolder, type ClusterFolder } from './cluster-folder.ts';
import { clusterCommand, type ClusterFlags } from './cluster-option.ts';
import { startAll } from './cluster-up.ts';
import { findInstances, instanceNamed, type Instance } from './instance.ts';
import { pointerToOthers } from './other-clusters.ts';
import { killPart, runningPid, stopPart } from './part-process.ts';

/** `cluster stop`, `kill` and `start`, by which one part can be played with. */
export const partCommands: readonly Command[] = [
  partCommand('stop', 'ask a part to end, and wait for it', async ({ name, instance, folder }) =>
    (await stopPart(folder, instance)) ? `Stopped ${name}.` : await notRunning(name, folder),
  ),
  partCommand(
    'kill',
    'end a part as a crash would (kill -9)',
    async ({ name, instance, folder }) =>
      (await killPart(folder, instance)) ? `Killed ${name}.` : await notRunning(name, folder),
  ),
  partCommand('start', 'start a part that does not run', startStopped),
];

interface Part {
  readonly name: string;
  readonly instance: Instance;
  readonly folder: ClusterFolder;
}

function partCommand(
  verb: string,
  description: string,
  act: (part: Part) => Promise<string>,
): Command {
  return {
    name: `cluster ${verb}`,
    operands: ['part', 'none'],
    declare(program, run) {
      clusterCommand(program, verb)
        .argument('<name>', 'the part, such as server-2')
        .description(description)
        .action(
          run<ClusterFlags>(async ({ terminal }, [name = ''], { data }) => {
            const folder = openClusterFolder(data);
            const instance = instanceNamed(await findInstances(folder), name);
            terminal.say(await act({ name, instance, folder }));
          }),
        );
    },
  };
}

async function notRunning(name: string, folder: ClusterFolder): Promise<string> {
  const pointer = await pointerToOthers(folder);
  return [`${name} was not running.`, ...(pointer === undefined ? [] : [pointer])].join('\n');
}

async function startStopped({ name, instance, folder }: Part): Promise<string> {
  const pid = await runningPid(folder, instance);
  if (pid !== undefined) return `${name} runs already, as process ${pid}.`;
  await startAll(folder, [instance]);
  const not = await awaitStarted(folder, instance);
  if (!not) return `Started ${name}.`;
  const reason = not.reason.replace(/\.?$/, '.');
  return not.state === 'left'
    ? `Started ${name}, which takes no part. ${reason}`
    : `Started ${name}. It waits: ${reason}`;
}
