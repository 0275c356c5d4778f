import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configOf } from '../support/connect-client.ts';
import type { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import type { Action } from '../support/workload/workload.ts';
import type { Acknowledgement } from './clients.ts';

const PROGRAM = fileURLToPath(new URL('clients.ts', import.meta.url));
const PAUSE_MS = 120_000;

export type ToClients =
  | { readonly kind: 'prefer'; readonly action: Action | undefined }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' };

export type FromClients =
  | { readonly kind: 'acknowledged'; readonly count: number }
  | { readonly kind: 'paused' }
  | { readonly kind: 'failed'; readonly message: string };

export interface ClientProcessOptions {
  readonly seed: number;
  readonly clients: number;
}

/**
 * Clients in a process of their own, which nobody kills. What was acknowledged to them stands in a log
 * that is synced before the next change begins.
 */
export class ClientProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #log: string;
  #paused = false;
  acknowledged = 0;
  /** Why a client gave up, which none ever should. */
  failure: string | undefined;

  constructor(cluster: TestCluster, { seed, clients }: ClientProcessOptions) {
    this.#log = join(cluster.folder, 'acknowledged.jsonl');
    this.#child = fork(PROGRAM, [configOf(cluster), this.#log, String(seed), String(clients)], {
      execArgv: ['--conditions=@holdfast/source', '--import', 'tsx'],
    });
    this.#child.on('message', (message: FromClients) => this.#hear(message));
    this.#child.on('exit', (code) => (this.failure ??= `The clients ended with ${code}`));
  }

  prefer(action: Action | undefined): void {
    this.#tell({ kind: 'prefer', action });
  }

  /** Resolves when no client has a call under way. */
  async pause(): Promise<void> {
    this.#paused = false;
    this.#tell({ kind: 'pause' });
    await this.#until('the clients to pause', () => this.#paused, PAUSE_MS);
  }

  resume(): void {
    this.#tell({ kind: 'resume' });
  }

  /** Waits until so many more changes and reads have been answered. */
  async progress(count: number, timeoutMs: number): Promise<void> {
    const target = this.acknowledged + count;
    await this.#until(`${count} more answers`, () => this.acknowledged >= target, timeoutMs);
  }

  async acknowledgements(): Promise<readonly Acknowledgement[]> {
    const lines = (await readFile(this.#log, 'utf8')).trimEnd().split('\n');
    return lines.filter(Boolean).map((line) => JSON.parse(line) as Acknowledgement);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exit;
  }

  async #until(what: string, condition: () => boolean, timeoutMs: number): Promise<void> {
    await until(what, () => this.failure !== undefined || condition(), timeoutMs);
    if (this.failure !== undefined) throw new Error(this.failure);
  }

  #hear(message: FromClients): void {
    if (message.kind === 'acknowledged') this.acknowledged = message.count;
    if (message.kind === 'paused') this.#paused = true;
    if (message.kind === 'failed') this.failure ??= message.message;
  }

  #tell(message: ToClients): void {
    if (this.#child.connected) this.#child.send(message);
  }
}
