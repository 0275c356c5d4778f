import { parseArgs } from 'node:util';
import { EXIT_CODES } from '@holdfast/contracts';
import { endWithError } from '@holdfast/host';
import { runServer } from './run-server.ts';

const { values } = parseArgs({ options: { config: { type: 'string' } } });
if (values.config === undefined) {
  process.stderr.write('Usage: file-server --config FILE (such as cluster/server-1/server.json)\n');
  process.exitCode = EXIT_CODES.usage;
} else {
  await runServer(values.config).catch(endWithError);
}
