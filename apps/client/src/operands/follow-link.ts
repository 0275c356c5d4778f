import { posix } from 'node:path';
import { HoldfastError, isHoldfastError, type Entry } from '@holdfast/contracts';
import type { CommandContext } from '../commands/context.ts';
import { safeText } from '../display/safe-text.ts';
import { CLIENT_LIMITS } from '../limits.ts';

/** Where a path leads, once no part of it is a link any more. */
export interface Followed {
  readonly path: string;
  readonly entry: Entry;
}

/**
 * A path that is named by a person stands for what it leads to, as for `cat` and `cp` of a shell;
 * links that are met inside a folder stay links. Rejects with `not-found`, naming the link, if it
 * leads nowhere.
 */
export async function followLink(context: CommandContext, path: string): Promise<Followed> {
  let at = path;
  for (let links = 0; links <= CLIENT_LIMITS.linksFollowed; links++) {
    const { link, target, entry } = await look(context, at, path);
    if (entry) return { path: at, entry };
    at = behindLink({ link, target }, at);
  }
  throw new HoldfastError(
    'invalid-argument',
    `The links from ${safeText(path)} on lead in a circle. Remove one of them.`,
  );
}

/**
 * The folder that a path leads to through links. What cannot be followed stays as it was named: the
 * command will say what is wrong with it.
 */
export async function folderBehindLinks(context: CommandContext, folder: string): Promise<string> {
  const place = await context.place();
  let at = folder;
  for (let links = 0; links <= CLIENT_LIMITS.linksFollowed; links++) {
    // These have no links in them.
    if (at === place.folder || at === place.home || at === '/') return at;
    const found = await linkOnTheWay(context, at).catch(() => undefined);
    if (!found) return at;
    at = behindLink(found, at);
  }
  return folder;
}

/** The link that stands at `path` or above it. */
async function linkOnTheWay(context: CommandContext, path: string): Promise<Link | undefined> {
  try {
    const entry = await statOf(context, path);
    return entry.kind === 'link' ? { link: path, target: entry.target ?? '' } : undefined;
  } catch (error) {
    return isHoldfastError(error, 'not-a-folder') ? await linkAbove(context, path) : undefined;
  }
}

/** Where `path`, which is the link or below it, leads to. */
function behindLink({ link, target }: Link, path: string): string {
  const behind = posix.resolve(posix.dirname(link), target);
  return posix.join(behind, path.slice(link.length));
}

interface Link {
  readonly link: string;
  readonly target: string;
}

type Look =
  | { readonly entry: Entry; readonly link?: never; readonly target?: never }
  | (Link & { readonly entry?: never });

/** What is at a path; or the first link on the way there. */
async function look(context: CommandContext, at: string, named: string): Promise<Look> {
  try {
    const entry = await statOf(context, at);
    return entry.kind === 'link' ? { link: at, target: entry.target ?? '' } : { entry };
  } catch (error) {
    if (isHoldfastError(error, 'not-a-folder')) {
      const found = await linkAbove(context, at);
      if (found) return found;
    }
    if (at === named || !isHoldfastError(error, 'not-found')) throw error;
    throw new HoldfastError(
      'not-found',
      `The link ${safeText(named)} leads to ${safeText(at)}, and there is nothing there.`,
      { cause: error, details: { path: at, link: named } },
    );
  }
}

/** Something above the path is no folder: the first link, if that is what it is. */
async function linkAbove(context: CommandContext, path: string): Promise<Link | undefined> {
  for (let end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1)) {
    const link = path.slice(0, end);
    const entry = await statOf(context, link);
    if (entry.kind === 'link') return { link, target: entry.target ?? '' };
  }
  return undefined;
}

async function statOf(context: CommandContext, path: string): Promise<Entry> {
  const { files } = await context.client();
  return (await files.stat({ path }, { signal: context.signal })).entry;
}
