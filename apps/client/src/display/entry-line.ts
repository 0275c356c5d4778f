import type { Entry } from '@holdfast/contracts';
import type { Style } from '../terminal/style.ts';
import { safeText } from './safe-text.ts';
import { formatListTime } from './time.ts';

/** `drwxr-xr-x`, as `ls -l` writes kind and mode. */
export function formatMode({ kind, mode }: Pick<Entry, 'kind' | 'mode'>): string {
  const letters = 'rwxrwxrwx';
  let text = { file: '-', folder: 'd', link: 'l' }[kind];
  for (let i = 0; i < letters.length; i++) {
    text += (mode >> (8 - i)) & 1 ? letters[i] : '-';
  }
  return text;
}

/** How well an entry is stored: `3/3`, `2/3 repairing`, `0/3 unreadable`; empty for a folder. */
export function formatCopies({ kind, copies, sizeBytes }: Entry, style: Style): string {
  if (kind !== 'file' || (sizeBytes === 0 && copies.wanted === 0)) return '';
  const count = `${copies.confirmed}/${copies.wanted}`;
  if (copies.confirmed >= copies.wanted) return style.green(count);
  return copies.confirmed === 0
    ? style.red(`${count} unreadable`)
    : style.yellow(`${count} repairing`);
}

/** The name as a listing shows it: coloured by kind, folders with `/`, links with where they lead. */
export function formatName(entry: Entry, style: Style, withTarget = false): string {
  const name = safeText(entry.name || '/');
  if (entry.kind === 'folder') return `${style.blue(name)}${name === '/' ? '' : '/'}`;
  if (entry.kind === 'file') return name;
  return withTarget ? `${style.bold(name)} -> ${safeText(entry.target ?? '?')}` : style.bold(name);
}

/** The cells of a line of `ls -l`. */
export function longCells(entry: Entry, nowMs: number, style: Style): readonly string[] {
  return [
    formatMode(entry),
    safeText(entry.owner),
    entry.kind === 'file' ? String(entry.sizeBytes) : '-',
    formatListTime(entry.modifiedMs, nowMs),
    formatCopies(entry, style),
    formatName(entry, style, true),
  ];
}
