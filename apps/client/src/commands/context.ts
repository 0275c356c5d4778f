import type { ExitClass } from '@holdfast/contracts';
import type { Clock } from '@holdfast/kernel';
import type { HoldfastClient } from '@holdfast/sdk';
import type { ClusterAccess } from '../cluster-access.ts';
import type { RemotePlace } from '../operands/remote-path.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** All that a command may use. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Aborts when the person presses Ctrl-C. */
  readonly signal: AbortSignal;
  /** Whether it was typed at Holdfast's own prompt, where patterns arrive unexpanded. */
  readonly atPrompt: boolean;
  /** Connections to clusters, and the profiles that say how. */
  readonly connections: ClusterAccess;
  /** The cluster of the present profile; connects and logs in where that has not happened yet. */
  client(): Promise<HoldfastClient>;
  /** Where relative remote paths begin; connects, since that depends on the user. */
  place(): Promise<RemotePlace>;
  /** Where relative local paths begin. */
  readonly localFolder: string;
  changeFolder(folder: string): void;
  changeLocalFolder(folder: string): void;
  /** A fresh name for a temporary file. */
  randomName(): string;
  /**
   * Tells of a failure that does not end the command. The exit code remembers the first one, as
   * `exitClass` where that is given.
   */
  fail(error: unknown, exitClass?: ExitClass): void;
  /** Ends the prompt after this command. */
  leave(): void;
}
