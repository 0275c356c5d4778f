import type { Command as Declaration } from 'commander';
import { DATA_LIMITS, HoldfastError, type ClusterStatus } from '@holdfast/contracts';
import { formatCount } from '../display/count.ts';
import { safeText } from '../display/safe-text.ts';
import { plainText } from '../operands/operand.ts';
import { clientOfAdministrator } from './administrators-only.ts';
import type { Run } from './command.ts';
import type { CommandContext } from './context.ts';

type Copies = ClusterStatus['copies'];

/** Declares `server copies`. */
export function declareCopies(servers: Declaration, run: Run): void {
  servers
    .command('copies')
    .description('show or set how many copies a new file gets')
    .argument('[copies]', 'a number, or all: one on every server')
    .option('--json', 'tell the result as JSON')
    .action(run(showOrSet));
}

async function showOrSet(
  context: CommandContext,
  [argument]: readonly string[],
  { json }: { json?: boolean },
): Promise<void> {
  if (argument !== undefined) await set(context, copiesOf(plainText(argument)));
  const { cluster } = await context.client();
  const { status } = await cluster.status({}, { signal: context.signal });
  const { copies, servers } = status;
  const told = json ? JSON.stringify({ copies }) : sentence(copies, servers.length);
  context.terminal.print(`${told}\n`);
}

async function set(context: CommandContext, copies: Copies): Promise<void> {
  const { cluster } = await clientOfAdministrator(context);
  await cluster.setCopies({ copies }, { signal: context.signal });
  context.terminal.say('Files that are there keep the copies that they have.');
}

function copiesOf(text: string): Copies {
  if (text === 'all') return text;
  const copies = Number(text);
  if (/^\d+$/.test(text) && copies >= 1 && copies <= DATA_LIMITS.rosterStores) return copies;
  throw new HoldfastError(
    'invalid-argument',
    `${safeText(text) || 'Nothing'} is no number of copies. Give a whole number from 1 to ${DATA_LIMITS.rosterStores}, or all.`,
  );
}

function sentence(copies: Copies, servers: number): string {
  if (copies === 'all') return 'a new file gets one copy on every server';
  const text = `a new file gets ${copies === 1 ? '1 copy' : `${copies} copies`}`;
  return copies <= servers
    ? text
    : `${text}; there ${servers === 1 ? 'is' : 'are'} ${formatCount(servers, 'server')} now, and the rest is made when others join`;
}
