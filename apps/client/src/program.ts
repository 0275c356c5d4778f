import { Command as Declaration, CommanderError } from 'commander';
import { EXIT_CODES, HoldfastError, exitCodeOf } from '@holdfast/contracts';
import type { Command, Run } from './commands/command.ts';
import { CommandRun, type Surroundings } from './command-run.ts';
import { EXIT_CODE_MEANINGS } from './exit-code-meanings.ts';
import { declareGlobalFlags, type GlobalFlags } from './global-flags.ts';
import { ofThisComputer } from './local/local-error.ts';
import { suggestName } from './operands/suggest-name.ts';
import { parserOutcome } from './parser-outcome.ts';

/** A command with this option of its own reads the password of another account. */
const PASSWORD_FROM_INPUT = '--password-stdin';

/** Carries out one command line; resolves with its exit code and never rejects. */
export async function execute(
  typed: readonly string[],
  commands: readonly Command[],
  { surroundings, signal }: { surroundings: Surroundings; signal: AbortSignal },
): Promise<number> {
  // The parser's own `help` knows no command of a group.
  const words = typed[0] === 'help' ? [...typed.slice(1), '--help'] : typed;
  const run = new CommandRun(surroundings, { signal, errorsAsJson: asksForJson(words) });
  const help: string[] = [];
  const program = declareProgram(commands, surroundings, {
    run,
    print: (text) => help.push(text),
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return run.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      return parserOutcome(run, { error, help: help.join(''), program });
    }
    const told = signal.aborted ? (interruption(signal) ?? error) : ofThisComputer(error);
    run.fail(await suggestName(run, told));
    if (surroundings.debug && error instanceof Error) run.terminal.say(error.stack ?? '');
    return exitCodeOf(told);
  }
}

/** All commands, as the parser of options knows them. */
function declareProgram(
  commands: readonly Command[],
  { atPrompt }: Pick<Surroundings, 'atPrompt'>,
  { run: commandRun, print }: { run: CommandRun; print: (text: string) => void },
): Declaration {
  const program = new Declaration('holdfast')
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: print })
    .configureHelp({ showGlobalOptions: !atPrompt })
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command');
  if (!atPrompt) {
    declareGlobalFlags(program)
      .description('A distributed file server that keeps serving while machines die.')
      .addHelpText('after', () => `\n${promptHint()}\n\n${exitCodeHelp()}`);
  }
  const run: Run = (action) =>
    async function (...parsed) {
      const declaration = parsed.at(-1);
      if (!(declaration instanceof Declaration)) return;
      const readsInputItself = declaration.options.some(({ long }) => long === PASSWORD_FROM_INPUT);
      const { passwordStdin } = declaration.optsWithGlobals<GlobalFlags>();
      if (passwordStdin && !readsInputItself) commandRun.connections.readPasswordFromInput();
      type Flags = Parameters<typeof action>[2];
      await action(commandRun, declaration.args, declaration.optsWithGlobals() as Flags);
    };
  const here = atPrompt ? 'prompt' : 'shell';
  for (const command of commands) {
    if (command.only === undefined || command.only === here) command.declare(program, run);
    else if (command.only === 'prompt') refuseInShell(program, command.name);
  }
  return program;
}

/** What only moves the prompt does nothing in a shell, and should say so. */
function refuseInShell(program: Declaration, name: string): void {
  const command = program.command(name, { hidden: true }).allowExcessArguments();
  command.action(() => {
    throw new HoldfastError(
      'invalid-argument',
      `${name} works at Holdfast's own prompt only. In a shell, relative paths begin in your home.`,
    );
  });
}

/** Whether `--json` is among the options; behind `--` it would be a name. */
function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end < 0 ? words.length : end).includes('--json');
}

function interruption(signal: AbortSignal): HoldfastError | undefined {
  return signal.reason instanceof HoldfastError ? signal.reason : undefined;
}

function promptHint(): string {
  return 'Without a command, Holdfast opens its prompt, where the same commands work.';
}

function exitCodeHelp(): string {
  const rows = Object.entries(EXIT_CODES).map(([name, code]) => {
    const meaning = EXIT_CODE_MEANINGS[name as keyof typeof EXIT_CODE_MEANINGS];
    return `  ${String(code).padStart(3)}  ${meaning}\n`;
  });
  return `Exit codes:\n${rows.join('')}\nWith --json an error is a line of JSON on standard error: {"error":{"code","message","details"}}\n`;
}
