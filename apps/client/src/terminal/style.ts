/** Marks text for a terminal; or leaves it as it is, where nobody would see it. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  blue(text: string): string;
}

export const PLAIN: Style = {
  bold: (text) => text,
  dim: (text) => text,
  red: (text) => text,
  green: (text) => text,
  yellow: (text) => text,
  blue: (text) => text,
};

export const COLOURED: Style = {
  bold: marked(1, 22),
  dim: marked(2, 22),
  red: marked(31, 39),
  green: marked(32, 39),
  yellow: marked(33, 39),
  blue: marked(34, 39),
};

function marked(on: number, off: number): (text: string) => string {
  return (text) => `\u001b[${on}m${text}\u001b[${off}m`;
}
