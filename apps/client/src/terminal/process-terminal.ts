import { once } from 'node:events';
import { clearScreenDown, createInterface, cursorTo, moveCursor } from 'node:readline';
import type { ByteSource } from '@holdfast/sdk';
import { inputSource } from './input-source.ts';
import { readSecret } from './read-secret.ts';
import { COLOURED, PLAIN, type Style } from './style.ts';
import type { Terminal } from './terminal.ts';

/** A line at the bottom that is taken away while something is written above it. */
export interface LiveLine {
  hide(): void;
  show(): void;
}

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** The terminal, or the pipes, that this process was started with. */
export class ProcessTerminal implements Terminal {
  readonly outputIsTty: boolean = process.stdout.isTTY;
  readonly canAsk: boolean = process.stdin.isTTY && process.stderr.isTTY;
  readonly showsProgress: boolean = process.stderr.isTTY;
  readonly style: Style;
  readonly errorStyle: Style;
  readonly input: ByteSource;
  readonly #onInterrupt: () => void;
  #live: LiveLine | undefined;
  #progress: string | undefined;
  #repaintedRows = 0;

  /** `onInterrupt` is called for Ctrl-C while a question is open. */
  constructor({ colours, onInterrupt }: { colours: boolean; onInterrupt: () => void }) {
    this.#onInterrupt = onInterrupt;
    this.style = colours && process.stdout.isTTY ? COLOURED : PLAIN;
    this.errorStyle = colours && process.stderr.isTTY ? COLOURED : PLAIN;
    this.input = inputSource(process.stdin);
  }

  get columns(): number {
    return process.stdout.columns || process.stderr.columns || DEFAULT_COLUMNS;
  }

  get rows(): number {
    return process.stdout.rows || DEFAULT_ROWS;
  }

  /** The line being typed, while there is one. */
  set live(line: LiveLine | undefined) {
    this.#live = line;
  }

  print(text: string): void {
    this.#above(() => process.stdout.write(text));
  }

  async printBytes(bytes: Uint8Array): Promise<void> {
    if (process.stdout.write(bytes)) return;
    await once(process.stdout, 'drain');
  }

  say(line: string): void {
    this.#above(() => process.stderr.write(`${line}\n`));
  }

  progress(line: string | undefined): void {
    if (!this.showsProgress || (line === undefined && this.#progress === undefined)) return;
    this.#progress = line;
    process.stderr.write(`\r\u001b[2K${line ?? ''}`);
  }

  repaint(text: string): void {
    const lines = text
      .trimEnd()
      .split('\n')
      .slice(0, this.rows - 1);
    if (this.#repaintedRows > 0) moveCursor(process.stdout, 0, -this.#repaintedRows);
    cursorTo(process.stdout, 0);
    clearScreenDown(process.stdout);
    process.stdout.write(`${lines.join('\n')}\n`);
    this.#repaintedRows = lines.length;
  }

  /** What is repainted next stands below what was shown so far. */
  endRepainting(): void {
    this.#repaintedRows = 0;
  }

  ask(question: string, signal?: AbortSignal): Promise<string | undefined> {
    return this.#aboveProgress(
      () =>
        new Promise((resolve) => {
          const lines = createInterface({ input: process.stdin, output: process.stderr });
          const finish = (answer: string | undefined): void => {
            signal?.removeEventListener('abort', onAbort);
            this.#live = undefined;
            resolve(answer === undefined || answer.trim() === '' ? undefined : answer.trim());
            lines.close();
          };
          const onAbort = (): void => finish(undefined);
          signal?.addEventListener('abort', onAbort, { once: true });
          lines.on('SIGINT', () => {
            process.stderr.write('\n');
            finish(undefined);
            this.#onInterrupt();
          });
          lines.on('close', onAbort);
          lines.question(question, finish);
          this.#live = { hide: clearLine, show: () => lines.prompt(true) };
        }),
    );
  }

  askSecret(question: string, signal?: AbortSignal): Promise<string | undefined> {
    const onInterrupt = this.#onInterrupt;
    return this.#aboveProgress(async () => {
      this.#live = { hide: clearLine, show: () => process.stderr.write(question) };
      const secret = readSecret(question, { signal, onInterrupt });
      return await secret.finally(() => (this.#live = undefined));
    });
  }

  async #aboveProgress<T>(task: () => Promise<T>): Promise<T> {
    const progress = this.#progress;
    this.progress(undefined);
    try {
      return await task();
    } finally {
      if (progress !== undefined) this.progress(progress);
    }
  }

  #above(write: () => void): void {
    const progress = this.#progress;
    if (progress !== undefined) clearLine();
    this.#live?.hide();
    write();
    this.#live?.show();
    // A word in between goes with the page above it when that is replaced.
    if (this.#repaintedRows > 0) this.#repaintedRows++;
    if (progress !== undefined) process.stderr.write(progress);
  }
}

function clearLine(): void {
  process.stderr.write('\r\u001b[2K');
}
