/** A JSON text is not JSON, at a line that a person can go to. */
export class JsonSyntaxError extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(message);
    this.name = 'JsonSyntaxError';
    this.line = line;
  }
}

/** A parsed JSON text that remembers on which line each of its members stands. */
export interface LocatedJson {
  readonly value: unknown;
  /** The line, from 1, of the member at `path`; of its nearest parent if there is no such member. */
  lineOf(path: readonly PropertyKey[]): number;
  /** Whether there is a member at `path`. */
  has(path: readonly PropertyKey[]): boolean;
}

/**
 * Parses strict JSON. `JSON.parse` tells a position only for some mistakes, and none for values.
 * Throws a `JsonSyntaxError`; a key that stands twice in one object is one, too.
 */
export function parseLocatedJson(text: string): LocatedJson {
  const lines = new Map<string, number>();
  const value = new Parser(text, lines).parse();
  return {
    value,
    has: (path) => lines.has(pathKey(path)),
    lineOf: (path) => {
      for (let length = path.length; length > 0; length--) {
        const line = lines.get(pathKey(path.slice(0, length)));
        if (line !== undefined) return line;
      }
      return 1;
    },
  };
}

const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

class Parser {
  readonly #text: string;
  readonly #lines: Map<string, number>;
  #at = 0;

  constructor(text: string, lines: Map<string, number>) {
    this.#text = text;
    this.#lines = lines;
  }

  parse(): unknown {
    this.#skip(SPACE);
    const value = this.#value([]);
    if (this.#at < this.#text.length) this.#fail('the end of the file was expected here');
    return value;
  }

  #value(path: readonly PropertyKey[]): unknown {
    const next = this.#text[this.#at];
    if (next === '{') return this.#object(path);
    if (next === '[') return this.#array(path);
    const literal = this.#skip(STRING) || this.#skip(NUMBER) || this.#skip(WORD);
    if (!literal) this.#fail(next === '"' ? 'a text is not closed' : 'a value was expected here');
    this.#skip(SPACE);
    return JSON.parse(literal);
  }

  #object(path: readonly PropertyKey[]): unknown {
    const members = new Map<string, unknown>();
    this.#list('{', '}', () => {
      const line = this.#line();
      const quoted = this.#skip(STRING);
      if (!quoted) this.#fail('a key in double quotes was expected here');
      const key: string = JSON.parse(quoted);
      if (members.has(key)) this.#fail(`the key "${key}" is there twice`);
      this.#lines.set(pathKey([...path, key]), line);
      this.#skip(SPACE);
      this.#expect(':', `a colon was expected after "${key}"`);
      members.set(key, this.#value([...path, key]));
    });
    return Object.fromEntries(members);
  }

  #array(path: readonly PropertyKey[]): unknown[] {
    const elements: unknown[] = [];
    this.#list('[', ']', () => {
      const element = [...path, elements.length];
      this.#lines.set(pathKey(element), this.#line());
      elements.push(this.#value(element));
    });
    return elements;
  }

  /** Elements with commas between them, and no comma behind the last. */
  #list(open: string, close: string, element: () => void): void {
    this.#expect(open, '');
    if (this.#text[this.#at] !== close) {
      element();
      while (this.#text[this.#at] === ',') {
        this.#expect(',', '');
        if (this.#text[this.#at] === close) this.#fail('there is a comma behind the last element');
        element();
      }
    }
    this.#expect(close, `a comma or ${close} was expected here`);
  }

  #expect(character: string, mistake: string): void {
    if (this.#text[this.#at] !== character) this.#fail(mistake);
    this.#at++;
    this.#skip(SPACE);
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #line(): number {
    return this.#text.slice(0, this.#at).split('\n').length;
  }

  #fail(mistake: string): never {
    throw new JsonSyntaxError(this.#line(), mistake);
  }
}

function pathKey(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}
