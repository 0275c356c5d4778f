import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { PART_NODE_FLAGS } from '@holdfast/host';

/** A part that does not end by itself within this time after SIGTERM is killed. */
const END_MS = 15_000;
const LOG_TAIL_CHARACTERS = 4_000;

export interface PartOptions {
  readonly name: string;
  /** The bundled program, and its arguments. */
  readonly program: string;
  readonly args: readonly string[];
  readonly log: string;
  /** Lets a debugger attach, which the profiles need. */
  readonly inspect: boolean;
}

/** One part of the measured cluster, which runs from the beginning. */
export class Part implements AsyncDisposable {
  readonly name: string;
  readonly #options: PartOptions;
  #child: ChildProcessByStdio<null, Readable, Readable>;
  #logged: Promise<unknown> = Promise.resolve();
  #tail = '';
  #inspector: string | undefined;

  constructor(options: PartOptions) {
    this.name = options.name;
    this.#options = options;
    this.#child = this.#run();
  }

  /** Of the process that runs, or ran last. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Where a debugger attaches, once the process has said so. */
  get inspector(): string | undefined {
    return this.#inspector;
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** The last lines that it wrote. */
  get tail(): string {
    return this.#tail;
  }

  /** Runs it again after `stop`. */
  start(): void {
    this.#inspector = undefined;
    this.#child = this.#run();
  }

  /** Ends it as a user does; resolves once it is gone. */
  async stop(): Promise<void> {
    if (!this.ended) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGTERM');
      const late = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
      await ended;
      clearTimeout(late);
    }
    await this.#logged;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #run(): ChildProcessByStdio<null, Readable, Readable> {
    const { program, args, log, inspect } = this.#options;
    const flags = inspect ? ['--inspect=127.0.0.1:0', '--enable-source-maps'] : [];
    const child = spawn(process.execPath, [...PART_NODE_FLAGS, ...flags, program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const file = createWriteStream(log, { flags: 'a' });
    child.stdout.pipe(file, { end: false });
    child.stderr.pipe(file, { end: false });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text: Buffer) => this.#notice(text.toString('utf8')));
    }
    this.#logged = once(child, 'close').then(() => finished(file.end()));
    return child;
  }

  #notice(text: string): void {
    this.#inspector ??= /ws:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]+/.exec(text)?.[0];
    this.#tail = (this.#tail + text).slice(-LOG_TAIL_CHARACTERS);
  }
}
