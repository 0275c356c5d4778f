import type { Command as Declaration, CommanderError } from 'commander';
import { EXIT_CODES, HoldfastError } from '@holdfast/contracts';
import type { CommandRun } from './command-run.ts';
import { closest } from './operands/suggest-name.ts';

/** What the parser had to say instead of running a command. */
export interface ParserOutcome {
  readonly error: CommanderError;
  readonly help: string;
  readonly program: Declaration;
}

/** Help was shown, or the words make no command. Returns the exit code. */
export function parserOutcome(run: CommandRun, outcome: ParserOutcome): number {
  const { error, help, program } = outcome;
  const meant = commandMeant(program);
  const isUnknown = meant.next !== '' && meant.command.commands.length > 0;
  if (error.exitCode === 0 && !isUnknown) {
    run.terminal.print(asTyped(help, run));
    return EXIT_CODES.done;
  }
  if (error.code === 'commander.help' && !isUnknown) {
    run.terminal.say(asTyped(help, run).trimEnd());
    return EXIT_CODES.usage;
  }
  // Commander's own sentence has a suggestion, but is there for the top level only.
  const message =
    isUnknown && error.code !== 'commander.unknownCommand'
      ? unknownBelow(meant)
      : sentenceOf(error);
  const better = meant.names.length > 0 ? [...meant.names, '--help'] : ['help'];
  const typed = run.atPrompt ? better : ['holdfast', ...better];
  run.tell(new HoldfastError('invalid-argument', message), ` Try: ${typed.join(' ')}`);
  return EXIT_CODES.usage;
}

/** At the prompt a command is typed without the program's name. */
function asTyped(help: string, { atPrompt }: CommandRun): string {
  if (!atPrompt) return help;
  return help
    .replace(/^Usage: holdfast \[options\] \[command\]/, 'Usage: COMMAND [options]')
    .replace(/^Usage: holdfast /, 'Usage: ');
}

interface Meant {
  readonly command: Declaration;
  readonly names: readonly string[];
  /** The first word behind the command. */
  readonly next: string;
}

/**
 * The command that the words name, as far as they name one: its help tells what would be right. The
 * parser has taken away the options that it knows, with their values.
 */
function commandMeant(program: Declaration): Meant {
  let command = program;
  const names: string[] = [];
  for (;;) {
    const next = command.args.find((word) => !word.startsWith('-')) ?? '';
    const found = command.commands.find((one) => one.name() === next || one.alias() === next);
    if (!found) return { command, names, next: next === 'help' ? '' : next };
    command = found;
    names.push(next);
  }
}

/** A word behind a group that has something to do by itself is taken for an argument of that. */
function unknownBelow({ command, names, next }: Meant): string {
  const below = command.commands.map((one) => one.name());
  const suggested = closest(next, below);
  const also = suggested === undefined ? '' : ` (Did you mean ${suggested}?)`;
  return `Unknown command '${[...names, next].join(' ')}'${also}`;
}

function sentenceOf({ message }: CommanderError): string {
  return message
    .replace(/^error: /, '')
    .replace(/^./, (first) => first.toUpperCase())
    .replaceAll(/\s*\n\s*/g, ' ');
}
