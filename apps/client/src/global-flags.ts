import { Command as Declaration } from 'commander';
import type { AccessFlags } from './profile/access.ts';

/** Options that every command takes in a shell, and the prompt, too. */
export interface GlobalFlags extends AccessFlags {
  readonly passwordStdin?: boolean;
  readonly color?: boolean;
}

export function declareGlobalFlags(program: Declaration): Declaration {
  return program
    .option('-u, --user <user>', 'the user to log in as')
    .option('--profile <name>', 'the profile of config.json to use')
    .option('--address <url>', 'a frontend, or several with commas between')
    .option('--password-stdin', 'read the password from standard input')
    .option('--no-color', 'no colours');
}

/** The global flags of a command line, and whether it holds nothing else. */
export function readGlobalFlags(words: readonly string[]): { flags: GlobalFlags; alone: boolean } {
  const program = declareGlobalFlags(new Declaration())
    .helpOption(false)
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .allowUnknownOption()
    .allowExcessArguments();
  try {
    program.parse([...words], { from: 'user' });
    return { flags: program.opts<GlobalFlags>(), alone: program.args.length === 0 };
  } catch {
    // The parser of commands will find the same mistake, and tell of it.
    return { flags: {}, alone: false };
  }
}
