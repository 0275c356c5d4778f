import { HoldfastError } from '@holdfast/contracts';
import { CLIENT_LIMITS } from '../limits.ts';

/** One name in a folder, as the expansion of a pattern needs it. */
export interface GlobEntry {
  readonly name: string;
  /** It may have names in it. */
  readonly folder: boolean;
  /** It leads elsewhere, so that `**` does not enter it: there might be no end. */
  readonly link: boolean;
}

/** Lists a folder; undefined if there is none. */
export type ListFolder = (folder: string) => Promise<readonly GlobEntry[] | undefined>;

/**
 * The names that a pattern with `*`, `?` and `[a-z]` stands for, sorted; `**` stands for folders at
 * any depth. As in a shell, a name that begins with a dot matches only a pattern that does.
 * `base` is where a relative pattern begins, `''` if names are to be returned relative.
 */
export async function expandGlob(
  pattern: string,
  base: string,
  list: ListFolder,
): Promise<readonly string[]> {
  const absolute = pattern.startsWith('/');
  const segments = pattern.split('/').filter((segment) => segment !== '');
  let bases = [absolute ? '/' : base];
  let looked = 0;
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1;
    const next: string[] = [];
    for (const folder of bases) {
      if (!isPattern(segment)) {
        next.push(join(folder, unescape(segment)));
        continue;
      }
      if (++looked > CLIENT_LIMITS.globFolders) throw tooMany(pattern);
      const entries = (await list(folder)) ?? [];
      if (segment === '**') {
        next.push(folder, ...(await foldersBelow(folder, list)));
        continue;
      }
      const matcher = segmentMatcher(segment);
      for (const { name, folder: isFolder } of entries) {
        if (matcher(name) && (last || isFolder)) next.push(join(folder, name));
      }
    }
    bases = next;
    if (bases.length > CLIENT_LIMITS.globMatches) throw tooMany(pattern);
  }
  return [...new Set(bases)].sort();
}

/** Whether a name matches one segment of a pattern. */
export function segmentMatcher(segment: string): (name: string) => boolean {
  const expression = new RegExp(`^${toExpression(segment)}$`, 'su');
  const dotted = segment.startsWith('.') || segment.startsWith('\\.');
  return (name) => (dotted || !name.startsWith('.')) && expression.test(name);
}

function isPattern(segment: string): boolean {
  return /(?<!\\)(?:\\\\)*[*?[]/.test(segment);
}

function unescape(segment: string): string {
  return segment.replaceAll(/\\(.)/gs, '$1');
}

function toExpression(segment: string): string {
  let expression = '';
  for (let i = 0; i < segment.length; i++) {
    const character = segment[i] ?? '';
    if (character === '*') expression += '.*';
    else if (character === '?') expression += '.';
    else if (character === '\\') expression += escape(segment[++i] ?? '');
    else if (character === '[') {
      const end = segment.indexOf(']', i + 2);
      if (end < 0) expression += '\\[';
      else {
        expression += toClass(segment.slice(i + 1, end));
        i = end;
      }
    } else expression += escape(character);
  }
  return expression;
}

function toClass(content: string): string {
  const negated = /^[!^]/.test(content);
  const members = negated ? content.slice(1) : content;
  const escaped = members.replaceAll(/[\\\][^|(){}/$.*+?]/g, '\\$&');
  // A range that runs backwards is no range, and would be an error in an expression.
  const safe = escaped.replaceAll(/(.)-(.)/gsu, (range, from: string, to: string) =>
    from <= to ? range : `${from}\\-${to}`,
  );
  return `[${negated ? '^' : ''}${safe}]`;
}

function escape(character: string): string {
  return character.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

async function foldersBelow(folder: string, list: ListFolder): Promise<string[]> {
  const found: string[] = [];
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const entry of (await list(next)) ?? []) {
      if (!entry.folder || entry.link || entry.name.startsWith('.')) continue;
      const path = join(next, entry.name);
      found.push(path);
      waiting.push(path);
      if (found.length > CLIENT_LIMITS.globFolders) throw tooMany(folder);
    }
  }
  return found;
}

function join(folder: string, name: string): string {
  if (folder === '') return name;
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}

function tooMany(pattern: string): HoldfastError {
  return new HoldfastError('limit-exceeded', `The pattern ${pattern} stands for too many names.`);
}
