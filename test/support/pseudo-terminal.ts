import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { until } from './until.ts';

const ESCAPES = /\u001b(?:\[[0-9;?]*[A-Za-z]|\][^\u0007]*\u0007|[()][A-Z0-9]|[=>])/g;

/** A program that believes that a person sits before it, with what it has shown so far. */
export class PseudoTerminal implements AsyncDisposable {
  readonly #child: ChildProcess;
  #shown = '';
  #read = 0;

  /**
   * Runs `command` in a terminal of 100 columns and 30 rows. It takes the shell's place, which
   * would be interrupted by a Ctrl-C, too, and end with the code for that.
   */
  constructor(command: string, options: { cwd: string; env: NodeJS.ProcessEnv }) {
    const sized = `stty cols 100 rows 30; exec ${command}`;
    this.#child = spawn(
      'script',
      ['--quiet', '--return', '--flush', '--command', sized, '/dev/null'],
      {
        ...options,
        env: { ...options.env, TERM: 'xterm' },
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    this.#child.stdout?.on('data', (piece: Buffer) => {
      this.#shown += piece.toString('utf8');
    });
  }

  /** All that was shown since the last `expect`, without colours and moves of the cursor. */
  get unread(): string {
    return this.#shown.slice(this.#read).replace(ESCAPES, '');
  }

  /** Waits until `pattern` was shown since the last `expect`; returns what was shown until now. */
  async expect(pattern: RegExp, timeoutMs = 20_000): Promise<string> {
    try {
      return await until(String(pattern), () => this.#take(pattern), timeoutMs);
    } catch (cause) {
      throw new Error(`${(cause as Error).message}. Shown instead:\n${this.unread}`, { cause });
    }
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Types a line and Enter. */
  line(text: string): void {
    this.type(`${text}\r`);
  }

  /** Waits for the program to end; its exit code. */
  async exitCode(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const [code] = (await once(this.#child, 'exit')) as [number | null];
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGHUP');
    await this.exitCode();
  }

  #take(pattern: RegExp): string | undefined {
    const text = this.unread;
    if (!pattern.test(text)) return undefined;
    this.#read = this.#shown.length;
    return text;
  }
}
