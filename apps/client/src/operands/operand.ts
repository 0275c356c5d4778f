/** A word of the command line that names files. */
export interface Operand {
  /** What was typed, without quotes. */
  readonly text: string;
  /** The pattern in it, in which a backslash makes the next character literal. */
  readonly pattern: string | undefined;
}

/**
 * Marks a word as a pattern on its way through the parser of options. No word of a command line
 * can begin with this character otherwise.
 */
const PATTERN_MARK = '\0';

export function markPattern(pattern: string): string {
  return PATTERN_MARK + pattern;
}

export function operandOf(argument: string): Operand {
  if (!argument.startsWith(PATTERN_MARK)) return { text: argument, pattern: undefined };
  const pattern = argument.slice(PATTERN_MARK.length);
  return { text: pattern.replaceAll(/\\(.)/gs, '$1'), pattern };
}

/** The word without its mark, for arguments that name no files. */
export function plainText(argument: string): string {
  return operandOf(argument).text;
}

export function hasGlobCharacters(text: string): boolean {
  return /[*?[]/.test(text);
}
