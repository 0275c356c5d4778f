import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow } from './read-limits.ts';

/** A test that says, in a comment right above it, which limit it fills: `// fills X_LIMITS.y`. */
export interface Filling {
  /** As in `RMI_LIMITS.inFlightCalls`. */
  readonly limit: string;
  readonly file: string;
  /** The name of the test; none where the comment stands above anything else. */
  readonly test: string | undefined;
}

/** What the tests and suites of a clone say that they fill. */
export function readAllFillings(root: string): readonly Filling[] {
  const files = filesBelow(root, ['libs', 'apps', 'test'], (file) =>
    /(\.test|-suite)\.ts$/.test(file),
  );
  return files.flatMap((file) => readFillings(file, readFileSync(join(root, file), 'utf8')));
}

/** What one file says. Several limits are separated by commas. */
export function readFillings(file: string, source: string): readonly Filling[] {
  return [...source.matchAll(/^( *)\/\/ fills ([^\n]+)\n/gm)].flatMap((comment) => {
    const [whole, indent = '', limits = ''] = comment;
    const test = testAt(source.slice(comment.index + whole.length));
    const group = indent === '' ? undefined : groupBefore(source.slice(0, comment.index));
    const name = test === undefined || group === undefined ? test : `${group} ${test}`;
    return limits.split(',').map((limit) => ({ limit: limit.trim(), file, test: name }));
  });
}

/** The sentence that the names of indented tests go on with. */
function groupBefore(source: string): string | undefined {
  return [...source.matchAll(/^ *describe\(\s*'([^'\n]+)'/gm)].at(-1)?.[1];
}

/** The name of the test that a text begins with, comments aside. */
function testAt(source: string): string | undefined {
  const comments = String.raw`(?: *\/\/[^\n]*\n)*`;
  const kind = String.raw`(?:\.(?:skipIf|for|each|prop)\([^]*?\))?`;
  const title = String.raw`(?:'((?:[^'\\]|\\.)+)'|"([^"]+)"|${'`([^`]+)`'})`;
  const test = new RegExp(String.raw`^${comments} *(?:test|it)${kind}\(\s*${title}`).exec(source);
  return test
    ?.slice(1)
    .find((part) => part !== undefined)
    ?.replaceAll("\\'", "'");
}
