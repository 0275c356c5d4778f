import { HoldfastError } from '@holdfast/contracts';
import { markPattern } from '../operands/operand.ts';

/** A line in pieces, as far as it was typed. */
export interface TokenizedLine {
  /** Finished and last words, as commands get them: see `operandOf`. */
  readonly words: readonly string[];
  /** Where the last word begins in the line, and which quote it is still within. */
  readonly last: { readonly start: number; readonly text: string; readonly quote: Quote };
}

type Quote = '' | "'" | '"';

const GLOB_CHARACTERS = '*?[';
const NEEDS_ESCAPE_IN_PATTERN = '*?[]\\';

/** Splits a line into words as a shell does; `invalid-argument` if a quote is not closed. */
export function tokenize(line: string): readonly string[] {
  const { words, last } = splitLine(line);
  if (last.quote !== '') {
    throw new HoldfastError(
      'invalid-argument',
      `The quote ${last.quote} is not closed. Close it, or write \\${last.quote} for the character itself.`,
    );
  }
  return words;
}

/** The same for a line that is still being typed. */
export function splitLine(line: string): TokenizedLine {
  const words: string[] = [];
  let word = new Word(0);
  let quote: Quote = '';
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
      word.add(line[++i] ?? '');
    } else if (/\s/.test(character)) {
      if (word.begun) words.push(word.argument());
      word = new Word(i + 1);
    } else {
      word.add(character, true);
    }
  }
  if (word.begun) words.push(word.argument());
  return { words, last: { start: word.start, text: word.text, quote } };
}

/** `text` as it must be typed to mean itself, after an opening quote if one was typed. */
export function quoteWord(text: string, quote: Quote = ''): string {
  if (quote === "'") return text.replaceAll("'", "'\\''");
  if (quote === '"') return text.replaceAll(/["\\]/g, '\\$&');
  return text.replaceAll(/[\s'"\\*?[\]]/g, '\\$&');
}

function isEscapedInQuotes(character: string | undefined): boolean {
  return character === '"' || character === '\\';
}

class Word {
  readonly start: number;
  text = '';
  begun = false;
  #pattern = '';
  #isPattern = false;

  constructor(start: number) {
    this.start = start;
  }

  begin(): void {
    this.begun = true;
  }

  add(character: string, bare = false): void {
    this.begun = true;
    this.text += character;
    const special = NEEDS_ESCAPE_IN_PATTERN.includes(character);
    this.#pattern += special && !bare ? `\\${character}` : character;
    if (bare && GLOB_CHARACTERS.includes(character)) this.#isPattern = true;
  }

  argument(): string {
    return this.#isPattern && !this.text.startsWith('-') ? markPattern(this.#pattern) : this.text;
  }
}
