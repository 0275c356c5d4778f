import { HoldfastError } from '@holdfast/contracts';
import type { trashEntry } from '@holdfast/contracts';
import { safeText } from '../display/safe-text.ts';
import { formatSize } from '../display/size.ts';
import { formatTable } from '../display/table.ts';
import { formatTime } from '../display/time.ts';
import { plainText } from '../operands/operand.ts';
import { remotePath } from '../operands/remote-path.ts';
import { group, type Command } from './command.ts';
import { confirm } from './confirm.ts';
import type { CommandContext } from './context.ts';

type TrashEntry = (typeof trashEntry)['_output'];

export const trash: Command = {
  name: 'trash',
  operands: ['none'],
  declare: (program, run) => {
    const trashGroup = group(program, 'trash', 'show or empty what was deleted');
    trashGroup
      .command('ls', { isDefault: true })
      .description('list what can be had back')
      .option('--json', 'tell the result as JSON')
      .action(run(listTrash));
    trashGroup
      .command('empty')
      .description('remove it for good')
      .argument('[id]', 'only this; see trash ls')
      .option('-y, --yes', 'do not ask')
      .option('--json', 'tell the result as JSON')
      .action(run(emptyTrash));
  },
};

export const undelete: Command = {
  name: 'undelete',
  operands: ['deleted', 'remote'],
  declare: (program, run) =>
    program
      .command('undelete')
      .description('bring back what was deleted')
      .argument('<name>', 'its path, name or id; see trash ls')
      .argument('[to]', 'a new name; where it was, by default')
      .option('--json', 'tell the result as JSON')
      .action(run(bringBack)),
};

async function listTrash(
  context: CommandContext,
  _args: readonly string[],
  { json }: { json?: boolean },
): Promise<void> {
  const entries = [];
  for await (const entry of trashOf(context)) entries.push(entry);
  const { terminal } = context;
  if (json) {
    terminal.print(`${JSON.stringify(entries)}\n`);
    return;
  }
  if (entries.length === 0) {
    terminal.print('the trash is empty\n');
    return;
  }
  const rows = entries.map(({ id, path, deletedMs, expiresMs, entry }) => [
    formatTime(deletedMs),
    formatTime(expiresMs),
    entry.kind === 'file' ? formatSize(entry.sizeBytes) : entry.kind,
    id,
    safeText(path),
  ]);
  const columns = [
    { title: 'deleted' },
    { title: 'kept until' },
    { title: 'size', align: 'right' },
    { title: 'id' },
    { title: 'was' },
  ] as const;
  terminal.print(formatTable(columns, rows));
}

async function emptyTrash(
  context: CommandContext,
  [id]: readonly string[],
  { yes, json }: { yes?: boolean; json?: boolean },
): Promise<void> {
  const what = id === undefined ? 'all that is in your trash' : safeText(id);
  if (!(await confirm(context, `Remove ${what} for good?`, yes))) return;
  const { files } = await context.client();
  const { removed } = await files.emptyTrash(id === undefined ? {} : { id }, {
    signal: context.signal,
  });
  const { terminal } = context;
  terminal.print(json ? `${JSON.stringify({ removed })}\n` : `removed ${removed} for good\n`);
}

async function bringBack(
  context: CommandContext,
  [wanted = '', to]: readonly string[],
  { json }: { json?: boolean },
): Promise<void> {
  const { files } = await context.client();
  const place = await context.place();
  const name = plainText(wanted);
  const found = await findDeleted(context, name, remotePath(name, place));
  const target = to === undefined ? {} : { to: remotePath(plainText(to), place) };
  const back = await files.undelete({ id: found.id, ...target }, { signal: context.signal });
  const { terminal } = context;
  terminal.print(json ? `${JSON.stringify(back)}\n` : `${safeText(back.path)} is back\n`);
}

/** The newest deleted entry with that id or path, or whose name is so and that is the only one. */
async function findDeleted(
  context: CommandContext,
  name: string,
  path: string,
): Promise<TrashEntry> {
  const named: TrashEntry[] = [];
  for await (const deleted of trashOf(context)) {
    if (deleted.id === name || deleted.path === path) return deleted;
    if (deleted.path.endsWith(`/${name}`)) named.push(deleted);
  }
  const [newest] = named;
  if (newest && new Set(named.map((deleted) => deleted.path)).size === 1) return newest;
  throw new HoldfastError(
    named.length > 0 ? 'invalid-argument' : 'not-found',
    named.length > 0
      ? `Several deleted entries are called ${safeText(name)}: ${named.map((d) => safeText(d.path)).join(', ')}. Give the whole path.`
      : `Nothing called ${safeText(name)} is in your trash. Look with trash ls.`,
  );
}

async function* trashOf(context: CommandContext): AsyncGenerator<TrashEntry> {
  const { files } = await context.client();
  const limit = 1000;
  let after: string | undefined;
  for (let more = true; more;) {
    const page = await files.listTrash(
      { limit, ...(after !== undefined && { after }) },
      { signal: context.signal },
    );
    yield* page.entries;
    after = page.entries.at(-1)?.id;
    more = page.more && after !== undefined;
  }
}
