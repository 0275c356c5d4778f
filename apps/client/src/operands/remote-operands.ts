import { HoldfastError, isHoldfastError, type Entry } from '@holdfast/contracts';
import type { CommandContext } from '../commands/context.ts';
import { expandGlob, type GlobEntry } from './glob.ts';
import { hasGlobCharacters, operandOf } from './operand.ts';
import { folderBehindLinks, followLink, type Followed } from './follow-link.ts';
import { joinRemote, nameOf, parentOf, remotePath } from './remote-path.ts';

/** The absolute path that one word names; a pattern must stand for exactly one. */
export async function remoteOperand(context: CommandContext, argument: string): Promise<string> {
  const [only, ...more] = await remoteOperands(context, [argument]);
  if (only === undefined || more.length > 0) {
    const { text } = operandOf(argument);
    throw new HoldfastError(
      'invalid-argument',
      `${text} stands for ${more.length + 1} names, and one is wanted here.`,
    );
  }
  return only;
}

/**
 * The absolute paths that words name, patterns expanded over the cluster's folders, and links to
 * folders followed that stand above the last name: the directory itself follows none. In one shot,
 * where the shell has taken the quotes away, a word with a pattern's characters is a name first
 * if there is a file of that name.
 */
export async function remoteOperands(
  context: CommandContext,
  args: readonly string[],
): Promise<string[]> {
  const paths: string[] = [];
  for (const argument of args) paths.push(...(await expand(context, argument)));
  return paths;
}

/** What is at `path`; undefined if there is nothing. */
export async function findEntry(context: CommandContext, path: string): Promise<Entry | undefined> {
  const { files } = await context.client();
  try {
    return (await files.stat({ path }, { signal: context.signal })).entry;
  } catch (error) {
    if (isHoldfastError(error, 'not-found', 'not-a-folder')) return undefined;
    throw error;
  }
}

/** The same, but what a link leads to if there is one: where something is to be written. */
export async function findTarget(
  context: CommandContext,
  path: string,
): Promise<Followed | { readonly path: string; readonly entry: undefined }> {
  const entry = await findEntry(context, path);
  if (entry?.kind === 'link') return await followLink(context, path);
  return { path, entry };
}

async function expand(context: CommandContext, argument: string): Promise<readonly string[]> {
  const place = await context.place();
  const { text, pattern } = operandOf(argument);
  const wanted = pattern ?? (context.atPrompt || !hasGlobCharacters(text) ? undefined : text);
  const folders = new Map<string, string>();
  if (wanted === undefined) return [await throughLinks(context, remotePath(text, place), folders)];
  if (pattern === undefined) {
    const named = await throughLinks(context, remotePath(text, place), folders);
    if (await findEntry(context, named)) return [named];
  }
  const fromHome = wanted.startsWith('~/') ? place.home + wanted.slice(1) : wanted;
  const found = await expandGlob(fromHome, place.folder, (folder) => listNames(context, folder));
  const existing = [];
  for (const path of found) {
    const normal = await throughLinks(context, remotePath(path, place), folders);
    if (await mayExist(context, wanted, normal)) existing.push(normal);
  }
  if (existing.length > 0) return existing;
  throw new HoldfastError(
    'not-found',
    `No name matches ${text}. Look with ls; quote the word if it is a name and no pattern.`,
  );
}

/** The same name in the folder that the links above it lead to; `folders` are those known so far. */
async function throughLinks(
  context: CommandContext,
  path: string,
  folders: Map<string, string>,
): Promise<string> {
  const parent = parentOf(path);
  const folder = folders.get(parent) ?? (await folderBehindLinks(context, parent));
  folders.set(parent, folder);
  return joinRemote(folder, nameOf(path));
}

/** Names behind the last pattern of a word were not looked up by its expansion. */
async function mayExist(context: CommandContext, pattern: string, path: string): Promise<boolean> {
  const last = pattern.split('/').findLast((segment) => segment !== '') ?? '';
  return hasGlobCharacters(last) || (await findEntry(context, path)) !== undefined;
}

async function listNames(
  context: CommandContext,
  folder: string,
): Promise<readonly GlobEntry[] | undefined> {
  const client = await context.client();
  const entries: GlobEntry[] = [];
  try {
    const { path, entry } = await followLink(context, folder);
    if (entry.kind !== 'folder') return undefined;
    for await (const { name, kind } of client.list(path, context.signal)) {
      entries.push({ name, folder: kind !== 'file', link: kind === 'link' });
    }
  } catch (error) {
    // A link that leads nowhere or in a circle has no names in it either.
    if (isHoldfastError(error, 'not-found', 'not-a-folder', 'forbidden', 'invalid-argument')) {
      return undefined;
    }
    throw error;
  }
  return entries;
}
