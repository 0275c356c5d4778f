import { lstat, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { HoldfastError, isHoldfastError } from '@holdfast/contracts';
import type { HoldfastClient, RemoteFile } from '@holdfast/sdk';
import type { ProgressBar } from '../display/progress-bar.ts';
import { safeText } from '../display/safe-text.ts';
import { formatSize } from '../display/size.ts';
import { formatDuration } from '../display/time.ts';
import { errorSentence } from '../error-sentence.ts';
import { CLIENT_LIMITS } from '../limits.ts';
import { DownloadTarget, writeAll } from '../local/download-target.ts';
import { localError } from '../local/local-error.ts';
import type { CommandContext } from './context.ts';

export interface GetFlags {
  readonly recursive?: boolean;
  readonly version?: number;
  readonly force?: boolean;
  readonly json?: boolean;
}

interface FetchedFile {
  readonly path: string;
  readonly local: string;
  readonly version: number;
  readonly sizeBytes: number;
}

/** One `get` with all its files: what was fetched, what was skipped, and what is told at the end. */
export class Getting {
  readonly context: CommandContext;
  readonly client: HoldfastClient;
  readonly flags: GetFlags;
  readonly bar: ProgressBar;
  readonly #fetched: FetchedFile[] = [];
  readonly #skipped: { readonly path: string; readonly reason: string }[] = [];
  #files = 0;
  #sizeBytes = 0;
  #expectedBytes = 0;
  /** Set by an answer to the question whether to replace a file. */
  #replaceAll = false;
  #asking: Promise<unknown> = Promise.resolve();

  constructor(context: CommandContext, client: HoldfastClient, flags: GetFlags, bar: ProgressBar) {
    this.context = context;
    this.client = client;
    this.flags = flags;
    this.bar = bar;
  }

  expect(bytes: number): void {
    this.#expectedBytes += bytes;
    this.bar.total(this.#expectedBytes);
  }

  /** Fetches one file; its local name shows nothing until all of it is there (§P2). */
  async file(path: string, local: string): Promise<void> {
    const { signal } = this.context;
    const present = await lstat(local).catch(() => undefined);
    if (present?.isDirectory()) throw inTheWay(local);
    // A device or a pipe is written into; it cannot be replaced.
    const device = present && !(await isFile(local));
    const replace = present !== undefined && !device && (await this.#mayReplace(local));
    await using file = await this.client.openFile(path, { version: this.flags.version, signal });
    this.bar.label(basename(local));
    if (device) await this.#copyInto(file, local);
    else await this.#download(file, local, replace);
    this.#files++;
    this.#sizeBytes += file.entry.sizeBytes;
    if (this.flags.json) {
      const { version, sizeBytes } = file.entry;
      this.#fetched.push({ path, local, version, sizeBytes });
    }
  }

  failed(path: string, error: unknown): void {
    this.#skipped.push({ path, reason: errorSentence(error) });
    if (this.#skipped.length <= CLIENT_LIMITS.skippedNamed) this.context.fail(error, 'failed');
    else if (!isHoldfastError(error)) throw error;
  }

  report(): void {
    const { terminal } = this.context;
    if (this.flags.json) {
      const [only] = this.#fetched;
      const alone =
        only && !this.flags.recursive && this.#files === 1 && this.#skipped.length === 0;
      const many = { count: this.#files, sizeBytes: this.#sizeBytes };
      const told = alone ? only : { ...many, files: this.#fetched, skipped: this.#skipped };
      terminal.print(`${JSON.stringify(told)}\n`);
      return;
    }
    const more = this.#skipped.length - CLIENT_LIMITS.skippedNamed;
    if (more > 0) terminal.say(`${more} more were skipped.`);
    const what = this.#files === 1 ? '' : `${this.#files} files, `;
    const seconds = this.bar.secondsSoFar;
    const speed = `${formatSize(this.#sizeBytes / Math.max(seconds, 0.001))}/s`;
    const skipped = this.#skipped.length > 0 ? `; ${this.#skipped.length} skipped` : '';
    const took = seconds >= 1 ? ` in ${formatDuration(seconds)}, ${speed}` : '';
    terminal.print(`fetched ${what}${formatSize(this.#sizeBytes)}${took}${skipped}\n`);
  }

  async #download(file: RemoteFile, local: string, replace: boolean): Promise<void> {
    await using target = await DownloadTarget.create(local, {
      random: this.context.randomName(),
      sizeBytes: file.entry.sizeBytes,
    });
    for await (const bytes of file.read({ lent: true })) {
      await target.write(bytes);
      this.bar.add(bytes.length);
    }
    this.context.signal.throwIfAborted();
    await target.finish(file.entry, replace);
  }

  async #copyInto(file: RemoteFile, local: string): Promise<void> {
    try {
      const target = await open(local, 'w');
      try {
        for await (const bytes of file.read({ lent: true })) {
          await writeAll(target, bytes);
          this.bar.add(bytes.length);
        }
      } finally {
        await target.close();
      }
    } catch (cause) {
      throw cause instanceof Error && 'syscall' in cause
        ? localError(cause, 'write', local)
        : cause;
    }
  }

  /** Asks where somebody can be asked, one question at a time; otherwise a file is not replaced. */
  async #mayReplace(local: string): Promise<boolean> {
    const before = this.#asking;
    const answer = before.then(() => this.#askToReplace(local));
    this.#asking = answer.catch(() => {});
    return await answer;
  }

  async #askToReplace(local: string): Promise<boolean> {
    if (this.flags.force || this.#replaceAll) return true;
    const { terminal, signal } = this.context;
    const shown = safeText(local);
    if (terminal.canAsk) {
      const choices = this.flags.recursive ? '[y]es, [a]ll, [N]o' : '[y]es, [N]o';
      const answer = await terminal.ask(
        `${shown} is there already. Replace it? ${choices}: `,
        signal,
      );
      if (answer?.toLowerCase().startsWith('a')) this.#replaceAll = true;
      if (/^[ya]/i.test(answer ?? '')) return true;
    }
    throw new HoldfastError(
      'already-exists',
      `${shown} is there already, and was left as it is. Use --force to replace it.`,
    );
  }
}

/** Also a link that leads nowhere counts as one: it is replaced. */
async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ?? true;
}

function inTheWay(local: string): HoldfastError {
  return new HoldfastError('is-a-folder', `${local} is a folder; a file cannot take its place.`);
}
