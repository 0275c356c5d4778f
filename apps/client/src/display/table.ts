import { padEnd, padStart, textWidth } from './text-width.ts';

export interface Column {
  readonly title?: string;
  readonly align?: 'left' | 'right';
}

/** Rows in columns, each as wide as its widest cell; ends with a line break unless empty. */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const titled = columns.some((column) => column.title !== undefined);
  const all = titled ? [columns.map((column) => column.title ?? ''), ...rows] : rows;
  const widths = columns.map((_, index) =>
    Math.max(0, ...all.map((row) => textWidth(row[index] ?? ''))),
  );
  return all
    .map((row) => {
      const cells = columns.map(({ align }, index) => {
        const pad = align === 'right' ? padStart : padEnd;
        return pad(row[index] ?? '', widths[index] ?? 0);
      });
      return `${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}

/** Names in as many columns as fit into `width`, sorted downwards, as `ls` shows them. */
export function formatColumns(names: readonly string[], width: number): string {
  const GAP = 2;
  const column = Math.max(1, ...names.map((name) => textWidth(name) + GAP));
  const perRow = Math.max(1, Math.floor((width + GAP) / column));
  const rows = Math.ceil(names.length / perRow);
  let text = '';
  for (let row = 0; row < rows; row++) {
    let line = '';
    for (let index = row; index < names.length; index += rows) {
      line += padEnd(names[index] ?? '', column);
    }
    text += `${line.trimEnd()}\n`;
  }
  return text;
}
