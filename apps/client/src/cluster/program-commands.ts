import { HoldfastError } from '@holdfast/contracts';
import { group, type Command } from '../commands/command.ts';
import { runProgram } from './run-program.ts';

/** `server --config` and `frontend --config`, for a service manager. */
export const programCommands: readonly Command[] = [serverCommand(), frontendCommand()];

function serverCommand(): Command {
  return {
    name: 'server',
    only: 'shell',
    operands: ['local'],
    declare(program, run) {
      group(program, 'server', 'manage file servers, or run one')
        .option('--config <file>', 'run the server of this file in the foreground')
        .action(
          run<{ config?: string }>(async (_context, _args, { config }) => {
            if (config === undefined) throw noFile();
            await runProgram('file-server', config);
          }),
        );
    },
  };
}

function frontendCommand(): Command {
  return {
    name: 'frontend',
    only: 'shell',
    operands: ['local'],
    declare(program, run) {
      program
        .command('frontend')
        .description('run a frontend in the foreground')
        .requiredOption('--config <file>', 'its file, such as cluster/frontend/frontend.json')
        .action(
          run<{ config: string }>(async (_context, _args, { config }) => {
            await runProgram('frontend', config);
          }),
        );
    },
  };
}

function noFile(): HoldfastError {
  return new HoldfastError(
    'invalid-argument',
    'Say what to do: holdfast server --help shows it. To run a server: holdfast server --config FILE',
  );
}
