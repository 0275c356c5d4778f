import { readFile } from 'node:fs/promises';
import { HoldfastError } from '@holdfast/contracts';
import type * as z from 'zod';
import { JsonSyntaxError, parseLocatedJson, type LocatedJson } from './json-lines.ts';

/**
 * Reads a JSON file that a person wrote. Rejects with `not-found` if it is not there, and with
 * `invalid-argument` if it is not JSON or not what `schema` says; the message names file and line,
 * and what to change. Use a strict object schema, so that a mistyped key is found.
 */
export async function readConfigFile<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  const json = locate(file, await readText(file));
  const checked = schema.safeParse(json.value);
  if (checked.success) return checked.data;
  const mistakes = checked.error.issues.map(
    (issue) => `${file}:${json.lineOf(linePath(issue))}: ${describe(issue, json, schema)}`,
  );
  throw new HoldfastError('invalid-argument', mistakes.join('\n'), { details: { file } });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const known = code === 'ENOENT' ? 'not-found' : 'invalid-argument';
    throw new HoldfastError(known, unreadable(file, cause as Error, code), {
      cause,
      details: { file },
    });
  }
}

function unreadable(file: string, { message }: Error, code: string | undefined): string {
  switch (code) {
    case 'ENOENT':
      return `There is no configuration file ${file}. Check the path, or make the file.`;
    case 'EISDIR':
      return `${file} is a folder. Name the configuration file that is in it.`;
    default:
      return `The configuration file ${file} cannot be read (${message}).`;
  }
}

function locate(file: string, text: string): LocatedJson {
  try {
    return parseLocatedJson(text);
  } catch (cause) {
    if (!(cause instanceof JsonSyntaxError)) throw cause;
    const message = `${file}:${cause.line}: this is not JSON: ${cause.message}. Correct that line.`;
    throw new HoldfastError('invalid-argument', message, { cause, details: { file } });
  }
}

type Issue = z.core.$ZodIssue;

function linePath(issue: Issue): readonly PropertyKey[] {
  return issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
}

function describe(issue: Issue, json: LocatedJson, schema: z.ZodType): string {
  const where = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.map((key) => `"${key}"`).join(', ');
    return `unknown key ${unknown}. Correct or remove it${knownKeys(schema, issue.path)}.`;
  }
  if (issue.path.length > 0 && !json.has(issue.path)) {
    return `the key "${where}" is missing. Add it.`;
  }
  const problem = issue.code === 'invalid_type' ? expected(issue.expected) : issue.message;
  return where === '' ? `${problem}.` : `"${where}": ${problem}.`;
}

function expected(kind: string): string {
  return `expected ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string {
  const shape = path.length === 0 && 'shape' in schema ? schema.shape : undefined;
  return shape ? `; there are ${Object.keys(shape as object).join(', ')}` : '';
}
