import { playRole, roleOfThisProcess } from './limits/role.ts';
import { ROLES } from './limits/roles.ts';
import { readOptions, USAGE } from './options.ts';
import { runBench } from './run-bench.ts';

const started = roleOfThisProcess();
const role = started && ROLES[started.name];
if (role) {
  await playRole(role, started.params);
} else {
  process.exitCode = await main();
}

/** Returns the exit code: figures never make one, only what does not work does. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  try {
    await runBench(options);
    return 0;
  } catch (error) {
    process.stderr.write(
      `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return 1;
  }
}
