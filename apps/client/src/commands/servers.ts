import { isLoopback, readInvite } from '@holdfast/host';
import { formatSize } from '../display/size.ts';
import { serverState } from '../display/server-state.ts';
import { formatTable } from '../display/table.ts';
import { serverOperand } from '../operands/names.ts';
import { clientOfAdministrator } from './administrators-only.ts';
import { group, type Command } from './command.ts';
import { confirm } from './confirm.ts';
import type { CommandContext } from './context.ts';
import { declareScrub } from './server-scrub.ts';
import { declareCopies } from './server-copies.ts';

interface ServerFlags {
  readonly yes?: boolean;
  readonly acceptLoss?: boolean;
  readonly json?: boolean;
}

export const server: Command = {
  name: 'server',
  operands: ['none'],
  operandsBelow: {
    retire: ['server', 'none'],
    forget: ['server', 'none'],
    scrub: ['server', 'none'],
  },
  declare: (program, run) => {
    const servers = group(program, 'server', 'manage file servers (administrators)');
    servers
      .command('invite')
      .description('print the line that lets another machine join; it holds the cluster key')
      .argument('<name>', 'the name of the new server')
      .option('--json', 'tell the result as JSON')
      .action(run(invite));
    servers
      .command('retire')
      .description('move everything off a server, then remove it')
      .argument('<name>', 'the server')
      .option('-y, --yes', 'do not ask')
      .option('--json', 'tell the result as JSON')
      .action(run(retire));
    servers
      .command('forget')
      .description('remove a server that will not return')
      .argument('<name>', 'the server')
      .option('--accept-loss', 'even if only it has some files')
      .option('-y, --yes', 'do not ask')
      .option('--json', 'tell the result as JSON')
      .action(run(forget));
    servers
      .command('ls')
      .description('list all servers')
      .option('--json', 'tell the result as JSON')
      .action(run(listServers));
    declareScrub(servers, run);
    declareCopies(servers, run);
  },
};

async function invite(
  context: CommandContext,
  [argument = '']: readonly string[],
  { json }: ServerFlags,
): Promise<void> {
  const name = serverOperand(argument);
  const client = await clientOfAdministrator(context);
  const { line } = await client.cluster.invite({ name }, { signal: context.signal });
  const { terminal } = context;
  terminal.print(json ? `${JSON.stringify({ name, line })}\n` : `${line}\n`);
  if (!json && isForThisMachineOnly(line)) {
    terminal.say(
      terminal.errorStyle.yellow(
        'This line is of use on this machine only, since no other can reach the frontend: its address is ' +
          'of loopback. For another machine set "listen", "address" and "insecure" in frontend.json, ' +
          'start the frontend again, and invite again.',
      ),
    );
  }
  if (terminal.outputIsTty) {
    terminal.say(
      `Type on the other machine: holdfast join LINE. Whoever has the line has the key.`,
    );
  }
}

function isForThisMachineOnly(line: string): boolean {
  return readInvite(line).frontends.every((address) => isLoopback(new URL(address).hostname));
}

async function retire(
  context: CommandContext,
  [argument = '']: readonly string[],
  { yes, json }: ServerFlags,
): Promise<void> {
  const name = serverOperand(argument);
  const question = `Move everything off ${name} and remove it from the cluster?`;
  const client = await clientOfAdministrator(context);
  if (!(await confirmFor(context, name, question, yes))) return;
  await client.cluster.retire({ name }, { signal: context.signal });
  const told = json
    ? JSON.stringify({ name })
    : `${name} is being emptied; server ls shows how far it is. Stop it once it has left`;
  context.terminal.print(`${told}\n`);
}

async function forget(
  context: CommandContext,
  [argument = '']: readonly string[],
  { yes, acceptLoss = false, json }: ServerFlags,
): Promise<void> {
  const name = serverOperand(argument);
  const client = await clientOfAdministrator(context);
  const question = `Forget ${name}? It must not return.`;
  if (!(await confirmFor(context, name, question, yes))) return;
  await client.cluster.forget({ name, acceptLoss }, { signal: context.signal });
  const told = json
    ? JSON.stringify({ name })
    : `${name} is forgotten; what it had is copied anew on other servers where there are enough`;
  context.terminal.print(`${told}\n`);
}

/** Of a server that is not there nothing is asked: the cluster will refuse, and say which there are. */
async function confirmFor(
  context: CommandContext,
  name: string,
  question: string,
  yes: boolean | undefined,
): Promise<boolean> {
  const { cluster } = await context.client();
  const { status } = await cluster.status({}, { signal: context.signal });
  if (!status.servers.some((one) => one.name === name)) return true;
  return await confirm(context, question, yes);
}

async function listServers(
  context: CommandContext,
  _args: readonly string[],
  { json }: ServerFlags,
): Promise<void> {
  const client = await context.client();
  const { status } = await client.cluster.status({}, { signal: context.signal });
  const { terminal } = context;
  if (json) {
    terminal.print(`${JSON.stringify(status.servers)}\n`);
    return;
  }
  const rows = status.servers.map((one) => [
    one.name,
    serverState(one, terminal.style),
    one.address,
    formatSize(one.chunkBytes),
    formatSize(one.freeBytes),
  ]);
  const columns = [
    { title: 'server' },
    { title: 'state' },
    { title: 'address' },
    { title: 'stored', align: 'right' },
    { title: 'free', align: 'right' },
  ] as const;
  terminal.print(formatTable(columns, rows));
  for (const { name: refused, reason } of status.refused) {
    terminal.print(`${refused} is refused. ${reason}\n`);
  }
}
