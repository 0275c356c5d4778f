import {
  clearScreenDown,
  createInterface,
  cursorTo,
  moveCursor,
  type AsyncCompleter,
  type Interface,
} from 'node:readline';
import { CLIENT_LIMITS } from '../limits.ts';
import type { LiveLine } from '../terminal/process-terminal.ts';

export interface LineEditorOptions {
  readonly output: NodeJS.WriteStream;
  /** What Tab offers: completions of the end of the line, and that end. */
  readonly complete: (line: string) => Promise<[string[], string]>;
  /** What up and down arrows show, newest first. */
  readonly history: () => string[];
  /** Tells where the line stands while it is being typed. */
  readonly onLive: (line: LiveLine | undefined) => void;
  /** Ctrl-C on an empty line. */
  readonly onIdleInterrupt: () => void;
}

/**
 * Reads lines from the terminal. Each line has an editor of its own, so that while a command runs
 * Ctrl-C is a signal, and a question can have the terminal for itself.
 */
export class LineEditor {
  readonly #options: LineEditorOptions;
  #lines: Interface | undefined;
  /** Lines that were pasted together with one that was read. */
  readonly #pasted: string[] = [];
  /** The beginning of the next line, where it came together with the last one. */
  #typedAhead = '';

  constructor(options: LineEditorOptions) {
    this.#options = options;
  }

  /** The next line; undefined at the end of the input (Ctrl-D). */
  read(prompt: string): Promise<string | undefined> {
    const { output, complete, history, onLive, onIdleInterrupt } = this.#options;
    const pasted = this.#pasted.shift();
    if (pasted !== undefined) {
      output.write(`${prompt}${pasted}\n`);
      return Promise.resolve(pasted);
    }
    return new Promise((resolve) => {
      let answered = false;
      const lines = createInterface({
        input: process.stdin,
        output,
        prompt,
        // Enter may come before the names do: then there is no line to complete any more.
        completer: asCallback(async (line) => {
          const completed = await complete(line);
          return answered ? [[], line] : completed;
        }),
        history: history(),
        historySize: CLIENT_LIMITS.historyLines,
        removeHistoryDuplicates: true,
      });
      this.#lines = lines;
      const finish = (line: string | undefined): void => {
        answered = true;
        this.#lines = undefined;
        onLive(undefined);
        resolve(line);
      };
      lines.on('line', (line) => {
        if (answered) return void this.#pasted.push(line);
        finish(line);
        // What came in the same piece arrives before this; closing at once would lose it.
        queueMicrotask(() => {
          this.#typedAhead = lines.line;
          lines.close();
        });
      });
      lines.on('close', () => {
        if (answered) return;
        output.write('\n');
        finish(undefined);
      });
      lines.on('SIGINT', () => {
        const wasEmpty = lines.line === '';
        lines.write(null, { ctrl: true, name: 'e' });
        output.write('^C\n');
        lines.write(null, { ctrl: true, name: 'u' });
        if (wasEmpty) onIdleInterrupt();
        if (!answered) lines.prompt();
      });
      onLive({ hide: () => this.#hide(), show: () => lines.prompt(true) });
      lines.prompt();
      if (this.#typedAhead !== '') lines.write(this.#typedAhead);
      this.#typedAhead = '';
    });
  }

  /** Changes the prompt of the line that is being typed. */
  reprompt(prompt: string): void {
    if (!this.#lines) return;
    this.#hide();
    this.#lines.setPrompt(prompt);
    this.#lines.prompt(true);
  }

  #hide(): void {
    const lines = this.#lines;
    if (!lines) return;
    const { output } = this.#options;
    const { rows } = lines.getCursorPos();
    moveCursor(output, 0, -rows);
    cursorTo(output, 0);
    clearScreenDown(output);
    // The editor would go up these rows again when it draws the line anew.
    (lines as Interface & { prevRows: number }).prevRows = 0;
  }
}

/** The editor takes a completer with a callback only. */
function asCallback(complete: LineEditorOptions['complete']): AsyncCompleter {
  return (line, callback) => {
    const tell = async (): Promise<void> => {
      const completed = await complete(line).catch((): [string[], string] => [[], line]);
      callback(null, completed);
    };
    void tell();
  };
}
