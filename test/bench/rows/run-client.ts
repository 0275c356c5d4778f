import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BenchContext } from '../bench-context.ts';
import { run } from '../limits/copy-tree.ts';

/** The bundle of the client lies beside the bundle of the bench. */
const CLIENT = join(dirname(fileURLToPath(import.meta.url)), 'holdfast.mjs');

/** Runs a command of the client as a user would. */
export async function runClient(
  { cluster }: BenchContext,
  ...args: readonly string[]
): Promise<void> {
  const { address, user, password } = cluster;
  const access = ['--address', address, '--user', user, '--password-stdin'];
  await run(process.execPath, [CLIENT, ...args, ...access], `${password}\n`);
}
