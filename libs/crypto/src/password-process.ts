import { spawn, type ChildProcess } from 'node:child_process';
import { deferred, type Deferred } from '@holdfast/kernel';
import type { PasswordAnswer, PasswordRequest } from './password-hasher-messages.ts';

/** A program that runs `servePasswords()`, and its arguments. */
export type PasswordCommand = readonly [program: string, ...args: readonly string[]];

/** One child process that hashes one password at a time. It keeps its parent alive only meanwhile. */
export class PasswordProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Deferred<void> = deferred();
  #asked: Deferred<PasswordAnswer> | undefined;
  #alive = true;

  constructor([program, ...args]: PasswordCommand) {
    this.#child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.#child.on('message', (message) => this.#onAnswer(message as PasswordAnswer));
    this.#child.on('error', (error) => this.#onEnd(error));
    this.#child.on('exit', (code, signal) =>
      this.#onEnd(new Error(`ended with ${signal ?? code}`)),
    );
    this.#keepParentAlive(false);
  }

  /** False once it has ended; then it answers nothing more. */
  get alive(): boolean {
    return this.#alive;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Rejects if the process ends before it has answered, or `signal` aborts; then it is ended. */
  async ask(request: PasswordRequest, signal: AbortSignal): Promise<PasswordAnswer> {
    const answer = deferred<PasswordAnswer>();
    const onAbort = (): void => this.#onEnd(signal.reason);
    this.#asked = answer;
    signal.addEventListener('abort', onAbort, { once: true });
    this.#keepParentAlive(true);
    try {
      this.#child.send(request, (error) => error && this.#onEnd(error));
      return await answer.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#keepParentAlive(false);
      this.#asked = undefined;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#keepParentAlive(true);
    this.#onEnd(new Error('closed'));
    await this.#ended.promise;
  }

  #onAnswer(answer: PasswordAnswer): void {
    this.#asked?.resolve(answer);
  }

  #onEnd(reason: unknown): void {
    const { pid, exitCode, signalCode } = this.#child;
    this.#alive = false;
    this.#asked?.reject(reason);
    if (pid === undefined || exitCode !== null || signalCode !== null) this.#ended.resolve();
    else this.#child.kill('SIGKILL');
  }

  #keepParentAlive(keep: boolean): void {
    const method = keep ? 'ref' : 'unref';
    this.#child[method]();
    this.#child.channel?.[method]();
  }
}
