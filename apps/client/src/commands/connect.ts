import { safeText } from '../display/safe-text.ts';
import { plainText } from '../operands/operand.ts';
import type { Command } from './command.ts';

export const connect: Command = {
  name: 'connect',
  operands: ['none'],
  declare: (program, run) =>
    program
      .command('connect')
      .description('connect to a cluster, log in, and remember both')
      .argument('[address]', 'a frontend, such as ws://10.0.0.5:7400; the known one by default')
      .option('-u, --user <user>', 'log in as this user')
      .option('--json', 'tell the result as JSON')
      .action(
        run<{ user?: string; json?: boolean }>(async (context, [argument], { user, json }) => {
          const address = argument === undefined ? undefined : plainText(argument);
          const client = await context.connections.connect({ address, user }, context.signal);
          const { state, account } = client;
          const at = state.kind === 'ready' ? state.address : undefined;
          const told = json
            ? JSON.stringify({ address: at, ...account })
            : `connected${at === undefined ? '' : ` at ${at}`} as ${safeText(account.user)}`;
          context.terminal.print(`${told}\n`);
        }),
      ),
};

export const quit: Command = {
  name: 'quit',
  operands: ['none'],
  declare: (program, run) =>
    program
      .command('quit')
      .alias('exit')
      .description('leave the prompt; in a shell, end the remembered login')
      .action(
        run(async (context) => {
          if (context.atPrompt) return context.leave();
          await context.connections.logOut(context.signal);
          context.terminal.print('logged out; the cluster goes on\n');
        }),
      ),
};
