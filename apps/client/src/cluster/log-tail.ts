import { open } from 'node:fs/promises';
import { CLUSTER_LIMITS } from './limits.ts';

/** The last lines of a log, indented; empty if there is none. */
export async function logTail(file: string): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined);
  if (!handle) return '';
  try {
    const { size } = await handle.stat();
    const length = Math.min(size, CLUSTER_LIMITS.logTailBytes);
    const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
    const lines = buffer.toString('utf8').trimEnd().split('\n');
    return lines
      .slice(-CLUSTER_LIMITS.logTailLines)
      .map((line) => `    ${readable(line)}`)
      .join('\n');
  } finally {
    await handle.close();
  }
}

/** Parts write one JSON object a line; what a crash writes is text. */
function readable(line: string): string {
  try {
    const { msg, error } = JSON.parse(line) as { msg?: string; error?: { message?: string } };
    return [msg, error?.message].filter((text) => text !== undefined).join(': ') || line;
  } catch {
    return line;
  }
}
