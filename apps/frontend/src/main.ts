import { parseArgs } from 'node:util';
import { runPasswordHasherChild } from '@holdfast/crypto';
import { runFrontend } from './run-frontend.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) {
    process.stderr.write(
      'Usage: frontend --config FILE (such as cluster/frontend/frontend.json)\n',
    );
    process.exitCode = 2;
    return;
  }
  await runFrontend(values.config).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}

if (!(await runPasswordHasherChild())) await main();
