import { parseArgs } from 'node:util';
import { EXIT_CODES } from '@holdfast/contracts';
import { endWithError } from '@holdfast/host';
import { runFrontend } from './run-frontend.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  if (values.config === undefined) {
    process.stderr.write(
      'Usage: frontend --config FILE (such as cluster/frontend/frontend.json)\n',
    );
    process.exitCode = EXIT_CODES.usage;
    return;
  }
  await runFrontend(values.config).catch(endWithError);
}

await main();
