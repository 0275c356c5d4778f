import { HoldfastError } from '@holdfast/contracts';
import { safeText } from '../display/safe-text.ts';
import { formatTable } from '../display/table.ts';
import { formatTime } from '../display/time.ts';
import { accountOperand } from '../operands/names.ts';
import { clientOfAdministrator } from './administrators-only.ts';
import { group, type Command } from './command.ts';
import { confirm } from './confirm.ts';
import type { CommandContext } from './context.ts';
import { newPassword } from './new-password.ts';

interface UserFlags {
  readonly admin?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly passwordStdin?: boolean;
}

export const user: Command = {
  name: 'user',
  operands: ['none'],
  operandsBelow: { rm: ['user', 'none'] },
  declare: (program, run) => {
    const users = group(program, 'user', 'manage accounts (administrators)');
    users
      .command('add')
      .description('make an account and its home folder')
      .argument('<name>', 'lower-case letters, digits, dot, hyphen, underscore')
      .option('--admin', 'an administrator')
      .option('--password-stdin', 'read the new password from standard input')
      .option('--json', 'tell the result as JSON')
      .action(run(addUser));
    users
      .command('ls')
      .description('list all accounts')
      .option('--json', 'tell the result as JSON')
      .action(run(listUsers));
    users
      .command('rm')
      .description('remove an account; its files stay')
      .argument('<name>', 'the account')
      .option('-y, --yes', 'do not ask')
      .option('--json', 'tell the result as JSON')
      .action(run(removeUser));
  },
};

export const passwd: Command = {
  name: 'passwd',
  operands: ['user', 'none'],
  declare: (program, run) =>
    program
      .command('passwd')
      .description('change a password')
      .argument('[user]', 'whose; your own by default')
      .option('--password-stdin', 'read the new password from standard input')
      .option('--json', 'tell the result as JSON')
      .action(run(changePassword)),
};

async function addUser(
  context: CommandContext,
  [argument = '']: readonly string[],
  { admin = false, passwordStdin, json }: UserFlags,
): Promise<void> {
  const name = accountOperand(argument);
  const { users } = await clientOfAdministrator(context);
  const password = await newPassword(context, safeText(name), passwordStdin);
  if (password === undefined) return context.terminal.say('No account was made.');
  await users.add({ user: name, password, admin }, { signal: context.signal });
  const home = `/home/${name}`;
  const told = json
    ? JSON.stringify({ user: name, admin, home })
    : `${name} can log in now; their home is ${home}`;
  context.terminal.print(`${told}\n`);
}

async function listUsers(
  context: CommandContext,
  _args: readonly string[],
  { json }: UserFlags,
): Promise<void> {
  const client = await clientOfAdministrator(context);
  const { users } = await client.users.list({}, { signal: context.signal });
  if (json) {
    context.terminal.print(`${JSON.stringify(users)}\n`);
    return;
  }
  const rows = users.map((account) => [
    safeText(account.user),
    account.admin ? 'administrator' : '',
    formatTime(account.createdMs),
  ]);
  context.terminal.print(formatTable([{ title: 'user' }, {}, { title: 'since' }], rows));
}

async function removeUser(
  context: CommandContext,
  [argument = '']: readonly string[],
  { yes, json }: UserFlags,
): Promise<void> {
  const name = accountOperand(argument);
  const { users } = await clientOfAdministrator(context);
  const question = `Remove the account ${safeText(name)}? Its files stay.`;
  if (!(await confirm(context, question, yes))) return;
  await users.remove({ user: name }, { signal: context.signal });
  const told = json ? JSON.stringify({ user: name }) : `removed the account ${name}`;
  context.terminal.print(`${told}\n`);
}

async function changePassword(
  context: CommandContext,
  [argument]: readonly string[],
  { passwordStdin, json }: UserFlags,
): Promise<void> {
  const client = await context.client();
  const { account } = client;
  const name = argument === undefined ? account.user : accountOperand(argument);
  const own = name === account.user;
  if (!own) await clientOfAdministrator(context);
  const current = own ? await presentPassword(context) : undefined;
  if (own && current === undefined) return context.terminal.say('Nothing was changed.');
  const password = await newPassword(context, safeText(name), passwordStdin);
  if (password === undefined) return context.terminal.say('Nothing was changed.');
  const change = { user: name, password, ...(current !== undefined && { current }) };
  await client.users.setPassword(change, { signal: context.signal });
  await context.connections.passwordChanged(name, password);
  const told = json ? JSON.stringify({ user: name }) : `the password of ${name} is changed`;
  context.terminal.print(`${told}\n`);
}

/** Asked for, unless environment or profile know it. */
async function presentPassword(context: CommandContext): Promise<string | undefined> {
  const known = await context.connections.knownPassword();
  if (known !== undefined) return known;
  if (!context.terminal.canAsk) {
    throw new HoldfastError(
      'invalid-argument',
      'Your present password is needed. Give it in HOLDFAST_PASSWORD, or use a terminal.',
    );
  }
  return await context.terminal.askSecret('Your present password: ', context.signal);
}
