import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { HoldfastError } from '@holdfast/contracts';
import type { CommandContext } from '../commands/context.ts';
import { safeText } from '../display/safe-text.ts';
import { expandGlob, type GlobEntry } from './glob.ts';
import { operandOf } from './operand.ts';

/** The absolute local path that one word names. */
export function localOperand(context: CommandContext, argument: string): string {
  const { text } = operandOf(argument);
  if (text === '') {
    throw new HoldfastError('invalid-argument', 'An empty name names no file. Give a name.');
  }
  checkEncoding(text);
  return resolveLocal(context.localFolder, text, context.atPrompt);
}

/** Bytes of an argument that are no UTF-8 have become this character, and the name is lost. */
function checkEncoding(text: string): void {
  if (!text.includes('\uFFFD')) return;
  throw new HoldfastError(
    'invalid-argument',
    `The local name ${safeText(text)} is not valid UTF-8. Rename it, or give another name.`,
  );
}

/** The same for several words, patterns expanded: in one shot the shell has done so already. */
export async function localOperands(
  context: CommandContext,
  args: readonly string[],
): Promise<string[]> {
  const paths: string[] = [];
  for (const argument of args) {
    const { text, pattern } = operandOf(argument);
    if (pattern === undefined) {
      paths.push(localOperand(context, argument));
      continue;
    }
    const found = await expandGlob(fromHome(pattern), context.localFolder, listNames);
    if (found.length === 0) {
      throw new HoldfastError('not-found', `No local name matches ${text}. Look with lls.`);
    }
    paths.push(...found);
  }
  return paths;
}

/** `~` is one's home at the prompt; elsewhere the shell has seen to it. */
export function resolveLocal(folder: string, text: string, atPrompt: boolean): string {
  return resolve(folder, atPrompt ? fromHome(text) : text);
}

function fromHome(text: string): string {
  return text === '~' || text.startsWith('~/') ? join(homedir(), text.slice(1)) : text;
}

async function listNames(folder: string): Promise<readonly GlobEntry[] | undefined> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({
      name: entry.name,
      folder: !entry.isFile(),
      link: entry.isSymbolicLink(),
    }));
  } catch {
    return undefined;
  }
}
