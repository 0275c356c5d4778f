import { HoldfastError } from '@holdfast/contracts';
import { markPattern } from '../operands/operand.ts';

/** A line in pieces, as far as it was typed. */
export interface TokenizedLine {
  /** Finished and last words, as commands get them: see `operandOf`. */
  readonly words: readonly string[];
  /** Where the last word begins in the line, and which quote it is still within. */
  readonly last: { readonly start: number; readonly text: string; readonly quote: Quote };
  /** Why it cannot be carried out as it stands, as a sentence. */
  readonly problem: string | undefined;
}

type Quote = '' | "'" | '"';

const GLOB_CHARACTERS = '*?[';
const NEEDS_ESCAPE_IN_PATTERN = '*?[]\\';
/** What a shell would take as something other than a word. */
const OPERATORS: ReadonlySet<string> = new Set(['|', '||', '&', '&&', ';', '<', '>', '>>', '2>']);
const LONE_BACKSLASH =
  'The line ends with a backslash, which stands before another character. Write \\\\ for a backslash.';

/**
 * Splits a line into words as a shell does, without a comment. `invalid-argument` if a quote is not
 * closed, or something is meant that only a shell does, such as a pipe.
 */
export function tokenize(line: string): readonly string[] {
  const { words, problem } = splitLine(line);
  if (problem !== undefined) throw new HoldfastError('invalid-argument', problem);
  return words;
}

/** The same for a line that is still being typed. */
export function splitLine(line: string): TokenizedLine {
  const words: string[] = [];
  let word = new Word(0);
  let quote: Quote = '';
  let problem: string | undefined;
  const end = (): void => {
    if (!word.begun) return;
    words.push(word.argument());
    if (word.bare && OPERATORS.has(word.text)) problem ??= operatorSentence(word.text);
  };
  for (let i = 0; i < line.length; i++) {
    const character = line[i] ?? '';
    if (quote === "'") {
      if (character === "'") quote = '';
      else word.add(character);
    } else if (quote === '"') {
      if (character === '"') quote = '';
      else if (character === '\\' && isEscapedInQuotes(line[i + 1])) word.add(line[++i] ?? '');
      else word.add(character);
    } else if (character === "'" || character === '"') {
      quote = character;
      word.begin();
    } else if (character === '\\') {
      if (i + 1 === line.length) problem = LONE_BACKSLASH;
      word.add(line[++i] ?? '');
    } else if (character === '#' && !word.begun) {
      break;
    } else if (/\s/.test(character)) {
      end();
      word = new Word(i + 1);
    } else {
      word.add(character, true);
    }
  }
  end();
  if (quote !== '') problem = openQuoteSentence(quote);
  return { words, last: { start: word.start, text: word.text, quote }, problem };
}

function openQuoteSentence(quote: Quote): string {
  return `The quote ${quote} is not closed. Close it, or write \\${quote} for the character itself.`;
}

function operatorSentence(operator: string): string {
  return `This prompt has no ${operator} as a shell has. Run holdfast with the command in a shell for that, or write '${operator}' if it is a name.`;
}

/** `text` as it must be typed to mean itself, after an opening quote if one was typed. */
export function quoteWord(text: string, quote: Quote = ''): string {
  if (quote === "'") return text.replaceAll("'", "'\\''");
  if (quote === '"') return text.replaceAll(/["\\]/g, '\\$&');
  return text.replaceAll(/[\s'"\\*?[\]|&;<>]|^#/g, '\\$&');
}

function isEscapedInQuotes(character: string | undefined): boolean {
  return character === '"' || character === '\\';
}

class Word {
  readonly start: number;
  text = '';
  begun = false;
  /** Whether nothing of it was quoted. */
  bare = true;
  #pattern = '';
  #isPattern = false;

  constructor(start: number) {
    this.start = start;
  }

  /** With a quote. */
  begin(): void {
    this.begun = true;
    this.bare = false;
  }

  add(character: string, bare = false): void {
    this.begun = true;
    this.text += character;
    this.bare &&= bare;
    const special = NEEDS_ESCAPE_IN_PATTERN.includes(character);
    this.#pattern += special && !bare ? `\\${character}` : character;
    if (bare && GLOB_CHARACTERS.includes(character)) this.#isPattern = true;
  }

  argument(): string {
    return this.#isPattern && !this.text.startsWith('-') ? markPattern(this.#pattern) : this.text;
  }
}
