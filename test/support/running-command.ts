import { spawn, type ChildProcessWithoutNullStreams, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import type { CommandResult } from './run-command.ts';

/**
 * A program under way, whose input is fed and whose output is taken step by step, so that a test can
 * strike in the middle. Disposing kills it with -9.
 */
export class RunningCommand implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number | null>;
  readonly #stdout: Buffer[] = [];
  #stdoutBytes = 0;
  #stderr = '';
  #over = false;

  constructor(
    program: string,
    args: readonly string[],
    options: Pick<SpawnOptions, 'cwd' | 'env'> = {},
  ) {
    this.#child = spawn(program, args, { ...options, stdio: 'pipe' });
    // A program that does not read its input may be gone before all of it is sent.
    this.#child.stdin.on('error', () => {});
    this.#child.stdout.on('data', (piece: Buffer) => {
      this.#stdout.push(piece);
      this.#stdoutBytes += piece.length;
    });
    this.#child.stderr.on('data', (piece: Buffer) => {
      this.#stderr += piece.toString('utf8');
    });
    this.#ended = once(this.#child, 'close').then(([code]) => {
      this.#over = true;
      return code as number | null;
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('The program could not be started');
    return this.#child.pid;
  }

  /** True until the program has ended and all its output has arrived. */
  get running(): boolean {
    return !this.#over;
  }

  get stdoutBytes(): number {
    return this.#stdoutBytes;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** All that was written to standard output so far. */
  get output(): Buffer {
    return Buffer.concat(this.#stdout);
  }

  /** Sends bytes to standard input; resolves when the pipe has room for more, or is broken. */
  async feed(bytes: Uint8Array): Promise<void> {
    if (this.#child.stdin.write(bytes) || !this.running) return;
    await Promise.race([once(this.#child.stdin, 'drain').catch(() => {}), this.#ended]);
  }

  endInput(): void {
    this.#child.stdin.end();
  }

  /** Stops taking output, so that the program soon has to wait with writing more. */
  holdOutput(): void {
    this.#child.stdout.pause();
  }

  releaseOutput(): void {
    this.#child.stdout.resume();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits for the end, whatever the exit code; null where a signal ended it. */
  async end(): Promise<CommandResult> {
    const code = await this.#ended;
    return { code, stdout: this.output.toString('utf8'), stderr: this.#stderr };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
