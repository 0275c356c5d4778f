import type { Command as Declaration } from 'commander';
import type { CommandContext } from './context.ts';

/** What the words after a command name, for Tab. */
export type OperandKind =
  | 'remote'
  | 'remote-folder'
  | 'local'
  | 'local-folder'
  | 'server'
  /** A part of a cluster of this machine: a frontend or a server. */
  | 'part'
  | 'user'
  /** What is in the trash. */
  | 'deleted'
  | 'none';

/** What a command does. `args` are its words in order, `flags` its options by their long name. */
export type Action<Flags> = (
  context: CommandContext,
  args: readonly string[],
  flags: Flags,
) => Promise<void>;

/** Wraps an action for commander's `action`. */
export type Run = <Flags>(
  action: Action<Flags>,
) => (this: Declaration, ...parsed: unknown[]) => Promise<void>;

/** One command, in one shot and at the prompt alike. */
export interface Command {
  readonly name: string;
  /** The only place where it makes sense, if there is one. */
  readonly only?: 'shell' | 'prompt';
  /** What its words name: the last kind holds for all further ones. */
  readonly operands: readonly OperandKind[];
  /** The same for the commands of a group, by their names. */
  readonly operandsBelow?: Readonly<Record<string, readonly OperandKind[]>>;
  /** Declares arguments, options and help to the parser. */
  declare(program: Declaration, run: Run): void;
}

/**
 * The command of that name, made if it is not there: so that `server invite` and `server --config`
 * can be declared in different places.
 */
export function group(program: Declaration, name: string, summary: string): Declaration {
  const present = program.commands.find((command) => command.name() === name);
  return present ?? program.command(name).description(summary);
}
