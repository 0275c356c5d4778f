import { HoldfastError, isHoldfastError } from '@holdfast/contracts';
import type { CommandContext } from '../commands/context.ts';
import { safeText } from '../display/safe-text.ts';
import { nameOf, parentOf } from './remote-path.ts';
import { CLIENT_LIMITS } from '../limits.ts';

/** Adds to "there is no such file" the name beside it that was probably meant. */
export async function suggestName(context: CommandContext, error: unknown): Promise<unknown> {
  const { current } = context.connections;
  if (!isHoldfastError(error, 'not-found') || !current) return error;
  const { path } = error.details;
  if (typeof path !== 'string' || !path.startsWith('/') || path === '/') return error;
  try {
    const limit = 1000;
    const folder = parentOf(path);
    const { entries } = await current.files.list(
      { path: folder, limit },
      { timeoutMs: CLIENT_LIMITS.suggestionMs },
    );
    const close = closest(
      nameOf(path),
      entries.map(({ name }) => name),
    );
    if (close === undefined) return error;
    const message = `${error.message} Did you mean ${safeText(close)}?`;
    return new HoldfastError(error.code, message, { cause: error, details: error.details });
  } catch {
    return error;
  }
}

/** The name that differs least from `typed`, by at most a third of its letters. */
export function closest(typed: string, names: readonly string[]): string | undefined {
  const most = Math.min(3, Math.ceil(typed.length / 3));
  let best: string | undefined;
  let fewest = most + 1;
  for (const name of names) {
    if (Math.abs(name.length - typed.length) > most) continue;
    const distance = editDistance(typed.toLowerCase(), name.toLowerCase());
    if (distance < fewest) [best, fewest] = [name, distance];
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours between two words. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
