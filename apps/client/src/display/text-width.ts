const COMBINING = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;

/** Columns that `text` takes on a terminal. Colours take none. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of withoutColours(text)) {
    if (!COMBINING.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** `text` filled with spaces to `width` columns. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - textWidth(text))) + text;
}

/** The beginning of `text` that fits into `width` columns, with a mark where it was cut. */
export function truncate(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let cut = '';
  let used = 1;
  for (const character of withoutColours(text)) {
    used += textWidth(character);
    if (used > width) break;
    cut += character;
  }
  return `${cut}…`;
}

function withoutColours(text: string): string {
  return text.replaceAll(/\u001b\[[0-9;]*m/g, '');
}
