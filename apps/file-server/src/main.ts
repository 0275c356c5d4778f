import { parseArgs } from 'node:util';
import { runServer } from './run-server.ts';

const { values } = parseArgs({ options: { config: { type: 'string' } } });
if (values.config === undefined) {
  process.stderr.write('Usage: file-server --config FILE (such as cluster/server-1/server.json)\n');
  process.exitCode = 2;
} else {
  await runServer(values.config).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
