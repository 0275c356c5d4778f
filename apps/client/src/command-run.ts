import { EXIT_CODES, exitCodeOf, type ExitClass } from '@holdfast/contracts';
import { randomHex, type Clock, type Random } from '@holdfast/kernel';
import type { HoldfastClient } from '@holdfast/sdk';
import type { CommandContext } from './commands/context.ts';
import type { ClusterAccess } from './cluster-access.ts';
import { errorJson, errorSentence } from './error-sentence.ts';
import type { RemotePlace } from './operands/remote-path.ts';
import type { Place } from './place.ts';
import type { Terminal } from './terminal/terminal.ts';

/** What all commands of one run of the program share. */
export interface Surroundings {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly random: Random;
  readonly connections: ClusterAccess;
  readonly place: Place;
  readonly atPrompt: boolean;
  /** Shows where errors arose. */
  readonly debug: boolean;
  leave(): void;
}

/** One command that is being carried out. */
export class CommandRun implements CommandContext {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly atPrompt: boolean;
  readonly connections: ClusterAccess;
  readonly #surroundings: Surroundings;
  /** A script reads the errors. */
  readonly #errorsAsJson: boolean;
  /** The exit code of the first failure that was told. */
  #exitCode = 0;

  constructor(
    surroundings: Surroundings,
    { signal, errorsAsJson = false }: { signal: AbortSignal; errorsAsJson?: boolean },
  ) {
    this.#surroundings = surroundings;
    this.terminal = surroundings.terminal;
    this.clock = surroundings.clock;
    this.atPrompt = surroundings.atPrompt;
    this.connections = surroundings.connections;
    this.signal = signal;
    this.#errorsAsJson = errorsAsJson;
  }

  get exitCode(): number {
    return this.#exitCode;
  }

  get localFolder(): string {
    return this.#surroundings.place.localFolder;
  }

  client(): Promise<HoldfastClient> {
    return this.connections.client(this.signal);
  }

  async place(): Promise<RemotePlace> {
    const { account } = await this.client();
    return this.#surroundings.place.of(account.user);
  }

  changeFolder(folder: string): void {
    this.#surroundings.place.changeFolder(folder);
  }

  changeLocalFolder(folder: string): void {
    this.#surroundings.place.localFolder = folder;
  }

  randomName(): string {
    return randomHex(this.#surroundings.random, 6);
  }

  fail(error: unknown, exitClass?: ExitClass): void {
    this.tell(error);
    if (this.#exitCode !== 0) return;
    this.#exitCode = exitClass ? EXIT_CODES[exitClass] : exitCodeOf(error);
  }

  /** Says what failed; `hint` is for people only. */
  tell(error: unknown, hint = ''): void {
    const { terminal } = this;
    if (this.#errorsAsJson) terminal.say(errorJson(error));
    else terminal.say(terminal.errorStyle.red(errorSentence(error)) + hint);
  }

  leave(): void {
    this.#surroundings.leave();
  }
}
