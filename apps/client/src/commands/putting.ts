import { basename } from 'node:path';
import { isHoldfastError, type Entry, type WriteResult } from '@holdfast/contracts';
import type { ByteSource, HoldfastClient, PutOptions } from '@holdfast/sdk';
import { formatCount } from '../display/count.ts';
import type { ProgressBar } from '../display/progress-bar.ts';
import { WriteOutcome } from '../display/write-outcome.ts';
import { errorSentence } from '../error-sentence.ts';
import { LocalSource } from '../local/local-source.ts';
import { CLIENT_LIMITS } from '../limits.ts';
import { findEntry } from '../operands/remote-operands.ts';
import type { CommandContext } from './context.ts';

export interface PutFlags {
  readonly recursive?: boolean;
  readonly copies?: number;
  readonly require?: number;
  readonly update?: boolean;
  readonly ifVersion?: number;
  readonly json?: boolean;
}

interface StoredFile {
  readonly path: string;
  readonly version: number;
  readonly sizeBytes: number;
  readonly copies: number;
  readonly wanted: number;
  readonly holders: readonly string[];
  readonly missing: readonly string[];
}

/** One `put` with all its files: what was sent, what was skipped, and what is told at the end. */
export class Putting {
  readonly context: CommandContext;
  readonly client: HoldfastClient;
  readonly flags: PutFlags;
  readonly bar: ProgressBar;
  readonly #outcome = new WriteOutcome();
  readonly #stored: StoredFile[] = [];
  readonly #skipped: { readonly path: string; readonly reason: string }[] = [];
  #unchanged = 0;
  #folders = 0;
  #links = 0;
  #expectedBytes = 0;
  #finishedBytes = 0;
  readonly #sending = new Map<string, number>();

  constructor(context: CommandContext, client: HoldfastClient, flags: PutFlags, bar: ProgressBar) {
    this.context = context;
    this.client = client;
    this.flags = flags;
    this.bar = bar;
  }

  /** So many bytes more will be sent, as far as is known. */
  expect(bytes: number): void {
    this.#expectedBytes += bytes;
    this.bar.total(this.#expectedBytes);
  }

  /** Sends one local file, unless `--update` finds it unchanged. */
  async file(path: string, remote: string, present?: Entry): Promise<void> {
    await using source = await LocalSource.open(path);
    const { regular, modifiedMs, sizeBytes, mode } = source.facts;
    if (this.flags.update && regular) {
      const there = present ?? (await findEntry(this.context, remote));
      if (isSame(there, source.facts)) {
        this.#unchanged++;
        this.#finish(path, sizeBytes);
        return;
      }
    }
    this.bar.label(basename(path));
    const beforeCommit = (sentBytes: number): Promise<void> => source.checkUnchanged(sentBytes);
    const attributes = regular ? { mode, modifiedMs, beforeCommit } : {};
    await this.#send(path, source, { path: remote, ...attributes });
    this.#finish(path, sizeBytes);
  }

  /** A folder or link of a tree is there. */
  made(kind: 'folder' | 'link'): void {
    if (kind === 'folder') this.#folders++;
    else this.#links++;
  }

  async stream(source: ByteSource, remote: string): Promise<void> {
    await this.#send('-', source, { path: remote, modifiedMs: this.context.clock.wallMs() });
  }

  /** Notes what could not be sent; the command goes on and ends with an error. */
  failed(path: string, error: unknown): void {
    this.#skipped.push({ path, reason: errorSentence(error) });
    if (this.#skipped.length <= CLIENT_LIMITS.skippedNamed) this.context.fail(error, 'failed');
    else if (!isHoldfastError(error)) throw error;
  }

  report(): void {
    const more = this.#skipped.length - CLIENT_LIMITS.skippedNamed;
    if (this.flags.json) return this.#reportJson();
    if (more > 0) this.context.terminal.say(`${more} more were skipped.`);
    const { terminal } = this.context;
    const parts: string[] = [];
    if (this.#outcome.files > 0) parts.push(this.#outcome.sentence('stored', this.flags.copies));
    if (this.#unchanged > 0) parts.push(`${this.#unchanged} unchanged`);
    if (this.#skipped.length > 0) parts.push(`${this.#skipped.length} skipped`);
    if (this.#outcome.files + this.#unchanged === 0) parts.unshift(...this.#emptyTree());
    if (parts.length > 0) terminal.print(`${parts.join('; ')}\n`);
  }

  /** What a tree without files consists of. */
  #emptyTree(): string[] {
    const told = [];
    if (this.#folders > 0) told.push(formatCount(this.#folders, 'folder'));
    if (this.#links > 0) told.push(formatCount(this.#links, 'link'));
    return told.length > 0 ? [`stored ${told.join(' and ')}`] : [];
  }

  async #send(label: string, source: ByteSource, options: PutOptions): Promise<void> {
    const { copies, require, ifVersion } = this.flags;
    const result = await this.client.putFile(source, {
      ...options,
      ...(copies !== undefined && { copies }),
      ...(require !== undefined && { require }),
      ...(ifVersion !== undefined && { ifVersion }),
      signal: this.context.signal,
      onProgress: (doneBytes) => {
        this.#sending.set(label, doneBytes);
        this.#draw();
      },
    });
    this.#outcome.add(result);
    if (this.flags.json) this.#stored.push(describe(options.path, result));
  }

  #finish(path: string, bytes: number): void {
    this.#sending.delete(path);
    this.#finishedBytes += bytes;
    this.#draw();
  }

  #draw(): void {
    let bytes = this.#finishedBytes;
    for (const sent of this.#sending.values()) bytes += sent;
    this.bar.update(bytes);
  }

  #reportJson(): void {
    const { copies, wanted, files, sizeBytes } = this.#outcome;
    const [only] = this.#stored;
    const { copies: asked } = this.flags;
    const many = {
      copies,
      wanted,
      ...(asked !== undefined && { asked }),
      count: files,
      folders: this.#folders,
      links: this.#links,
      sizeBytes,
      unchanged: this.#unchanged,
    };
    const alone = only && files === 1 && !this.flags.recursive && this.#skipped.length === 0;
    const told = alone
      ? { ...only, ...(asked !== undefined && { asked }) }
      : { ...many, files: this.#stored, skipped: this.#skipped };
    this.context.terminal.print(`${JSON.stringify(told)}\n`);
  }
}

function isSame(
  there: Entry | undefined,
  here: { readonly sizeBytes: number; readonly modifiedMs: number },
): boolean {
  return (
    there?.kind === 'file' &&
    there.sizeBytes === here.sizeBytes &&
    Math.trunc(there.modifiedMs) === here.modifiedMs
  );
}

function describe(path: string, { entry, holders, missing }: WriteResult): StoredFile {
  const { version, sizeBytes } = entry;
  const wanted = holders.length + missing.length;
  return { path, version, sizeBytes, copies: holders.length, wanted, holders, missing };
}
