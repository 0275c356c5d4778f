import { followLink } from '../operands/follow-link.ts';
import type { CommandContext } from './context.ts';

/** Writes a file's bytes to standard output. */
export async function printFile(
  context: CommandContext,
  path: string,
  version: number | undefined,
): Promise<void> {
  const { signal } = context;
  const client = await context.client();
  const followed = await followLink(context, path);
  await using file = await client.openFile(followed.path, { version, signal });
  for await (const bytes of file.read()) await context.terminal.printBytes(bytes);
}
