import { EXIT_CODES, exitCodeOf, type ClusterEvent } from '@holdfast/contracts';
import type { Command } from '../commands/command.ts';
import type { Surroundings } from '../command-run.ts';
import type { Connections } from '../connections.ts';
import { safeText } from '../display/safe-text.ts';
import { errorSentence } from '../error-sentence.ts';
import type { Interruptions } from '../interruptions.ts';
import type { UserPaths } from '../profile/paths.ts';
import { execute } from '../program.ts';
import type { ProcessTerminal } from '../terminal/process-terminal.ts';
import { watchCluster } from './cluster-watch.ts';
import { completeLine } from './complete.ts';
import { HistoryFile } from './history-file.ts';
import { LineEditor } from './line-editor.ts';
import { tokenize } from './tokenize.ts';

export interface ReplParts {
  readonly terminal: ProcessTerminal;
  readonly commands: readonly Command[];
  readonly surroundings: Omit<Surroundings, 'leave' | 'atPrompt'>;
  readonly connections: Connections;
  readonly interruptions: Interruptions;
  readonly paths: UserPaths;
}

/** The prompt: reads lines and carries them out until the person leaves. */
export class Repl {
  readonly #parts: ReplParts;
  readonly #surroundings: Surroundings;
  readonly #editor: LineEditor;
  readonly #history: HistoryFile;
  #leaving = false;
  #servers: { readonly live: number; readonly enrolled: number } | undefined;

  constructor(parts: ReplParts) {
    this.#parts = parts;
    this.#history = new HistoryFile(parts.paths.history);
    const leave = (): void => void (this.#leaving = true);
    this.#surroundings = { ...parts.surroundings, atPrompt: true, leave };
    const { terminal, commands } = parts;
    const { connections, place } = parts.surroundings;
    this.#editor = new LineEditor({
      output: process.stdout.isTTY ? process.stdout : process.stderr,
      history: () => this.#history.lines,
      complete: (line) => completeLine(line, { commands, connections, place }),
      onLive: (line) => (terminal.live = line),
      onIdleInterrupt: () =>
        terminal.say('To leave, type quit or press Ctrl-D. The cluster goes on.'),
    });
  }

  /** Runs until the person leaves; resolves with the exit code of the program. */
  async run(): Promise<number> {
    const { terminal, surroundings } = this.#parts;
    const { connections } = this.#parts;
    const { clock } = surroundings;
    await this.#history.load();
    await this.#connectAtFirst();
    connections.onChange(() => this.#redraw());
    const stop = new AbortController();
    const watching = watchCluster(
      { connections, clock, onEvent: (event, first) => this.#onEvent(event, first) },
      stop.signal,
    );
    while (!this.#leaving) {
      const line = await this.#editor.read(this.#prompt());
      if (line === undefined) break;
      await this.#history.add(line);
      await this.#carryOut(line);
    }
    terminal.say('Bye. The cluster goes on; holdfast cluster down stops one on this computer.');
    stop.abort();
    await connections.close();
    await watching;
    return EXIT_CODES.done;
  }

  async #connectAtFirst(): Promise<void> {
    const { terminal, surroundings, interruptions } = this.#parts;
    try {
      await interruptions.during((signal) => surroundings.connections.client(signal));
      const client = surroundings.connections.current;
      if (client?.state.kind === 'ready') {
        terminal.say(
          `Connected to ${client.state.address} as ${client.account.user}. Type help for help.`,
        );
      }
    } catch (error) {
      terminal.say(terminal.errorStyle.red(errorSentence(error)));
    }
  }

  async #carryOut(line: string): Promise<void> {
    const { terminal, commands, interruptions } = this.#parts;
    try {
      const words = tokenize(line);
      if (words.length === 0) return;
      const surroundings = this.#surroundings;
      await interruptions.during((signal) => execute(words, commands, { surroundings, signal }));
      terminal.endRepainting();
    } catch (error) {
      terminal.say(terminal.errorStyle.red(errorSentence(error)));
    }
  }

  #onEvent({ message, live, enrolled }: ClusterEvent, first: boolean): void {
    const { terminal } = this.#parts;
    this.#servers = { live, enrolled };
    if (!first || live < enrolled) terminal.say(terminal.errorStyle.yellow(safeText(message)));
    this.#redraw();
  }

  #redraw(): void {
    this.#editor.reprompt(this.#prompt());
  }

  /** `ann:/home/ann [3/3]> `, or why not. */
  #prompt(): string {
    const { terminal, surroundings } = this.#parts;
    const { style } = terminal;
    const client = surroundings.connections.current;
    if (!client || client.state.kind === 'refused') return 'not connected> ';
    const { user } = client.account;
    const { folder } = surroundings.place.of(user);
    const where = `${style.bold(safeText(user))}:${style.blue(safeText(folder))}`;
    return `${where} ${this.#health(client.state.kind === 'ready')}> `;
  }

  #health(reachable: boolean): string {
    const { style } = this.#parts.terminal;
    if (!reachable) return style.red('[no frontend]');
    if (!this.#servers) return '[…]';
    const { live, enrolled } = this.#servers;
    const mark = live === enrolled ? style.green : live === 0 ? style.red : style.yellow;
    return mark(`[${live}/${enrolled}]`);
  }
}

/** Carries out lines that do not come from a person; ends with the first failure's exit code. */
export async function runScript(
  lines: AsyncIterable<string>,
  parts: Pick<ReplParts, 'commands' | 'interruptions'> & {
    readonly surroundings: Omit<Surroundings, 'leave' | 'atPrompt'>;
  },
): Promise<number> {
  let leaving = false;
  let exitCode = EXIT_CODES.done;
  const leave = (): void => void (leaving = true);
  const surroundings: Surroundings = { ...parts.surroundings, atPrompt: true, leave };
  for await (const line of lines) {
    const code = await parts.interruptions.during(async (signal) => {
      try {
        const words = tokenize(line);
        if (words.length === 0) return EXIT_CODES.done;
        return await execute(words, parts.commands, { surroundings, signal });
      } catch (error) {
        surroundings.terminal.say(errorSentence(error));
        return exitCodeOf(error);
      }
    });
    if (exitCode === EXIT_CODES.done) exitCode = code;
    if (leaving || code === EXIT_CODES.interrupted) break;
  }
  return exitCode;
}
