import {
  DATA_LIMITS,
  HoldfastError,
  isHoldfastError,
  type Entry,
  type ManifestEntry,
} from '@holdfast/contracts';
import type { ByteParts, LentParts } from '@holdfast/kernel';
import { isChunk } from './chunk-hash.ts';
import { SDK_LIMITS } from './limits.ts';
import { openVersion, type OpenedVersion, type OpenOptions } from './open-version.ts';
import { throwIfCancelled } from './patience.ts';
import { readAhead } from './read-ahead.ts';
import type { TransferParts } from './transfer-parts.ts';

export interface ReadRange {
  /** The first byte; 0 by default. */
  readonly start?: number;
  /** The first byte that is not wanted any more; the end of the file by default. */
  readonly end?: number;
  /**
   * Each piece is good only until the next one is asked for. That spares memory, and with it much of
   * the time of a large transfer.
   */
  readonly lent?: boolean;
}

/**
 * One version of one file, opened for reading; it stays readable, whatever happens to its name, until it
 * is disposed. All bytes are checked against their hash here, at the reader (§P2).
 */
export class RemoteFile implements AsyncDisposable {
  readonly entry: Entry;
  readonly #parts: TransferParts;
  readonly #path: string;
  readonly #signal: AbortSignal | undefined;
  readonly #inline: ByteParts | undefined;
  readonly #suspects: readonly string[];
  #handle: string | undefined;
  #opening: Promise<void> | undefined;
  #openings = 0;

  static async open(
    parts: TransferParts,
    path: string,
    options: OpenOptions = {},
  ): Promise<RemoteFile> {
    const opened = await openVersion(parts, path, options);
    return new RemoteFile({ parts, path, signal: options.signal, ...opened });
  }

  private constructor(opened: Opened) {
    this.entry = opened.entry;
    this.#parts = opened.parts;
    this.#path = opened.path;
    this.#signal = opened.signal;
    this.#inline = opened.content;
    this.#handle = opened.handle;
    this.#suspects = opened.suspects ?? [];
  }

  /**
   * Yields the bytes of a range in order. Only the chunks that the range touches are fetched, a few
   * of them ahead. It ends early with an error, never with fewer bytes (§P2).
   */
  async *read(range: ReadRange = {}): AsyncGenerator<Uint8Array> {
    const start = Math.max(0, range.start ?? 0);
    const end = Math.min(range.end ?? this.entry.sizeBytes, this.entry.sizeBytes);
    if (start >= end) return;
    if (this.#inline) {
      yield* slice(this.#inline, start, end);
      return;
    }
    const fetched = readAhead(
      this.#manifest(start, end),
      SDK_LIMITS.readAheadChunks,
      async (chunk, stop) => ({ chunk, content: await this.#fetch(chunk, stop) }),
    );
    for await (const { chunk, content } of fetched) {
      const from = Math.max(start, chunk.offset) - chunk.offset;
      const to = Math.min(end, chunk.offset + chunk.length) - chunk.offset;
      yield* slice(content, from, to);
      if (range.lent) content[Symbol.dispose]?.();
    }
  }

  /** Lets the version go. Of no consequence if the frontend does not hear it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    if (handle === undefined || !this.#parts.connection.ready) return;
    await this.#parts.files
      .closeRead({ handle }, { timeoutMs: SDK_LIMITS.abortMs })
      .catch(() => {});
  }

  /** The chunks that a range touches, without a gap. */
  async *#manifest(start: number, end: number): AsyncGenerator<ManifestEntry> {
    // The chunk that `start` lies in may begin this much earlier.
    let fromOffset = Math.max(0, start - DATA_LIMITS.chunkBytes + 1);
    let expected = start;
    for (let more = true; more && expected < end;) {
      const from = fromOffset;
      const page = await this.#withHandle((handle, signal) =>
        this.#parts.files.manifest({ handle, fromOffset: from }, signal),
      );
      for (const chunk of page.chunks) {
        fromOffset = chunk.offset + chunk.length;
        if (fromOffset <= expected) continue;
        if (chunk.offset > expected) throw this.#damaged(`no chunk begins at byte ${expected}`);
        if (expected >= end) return;
        expected = fromOffset;
        yield chunk;
      }
      more = page.more && page.chunks.length > 0;
    }
    if (expected < end) throw this.#damaged(`its chunks end at byte ${expected}`);
  }

  async #fetch(chunk: ManifestEntry, stop: AbortSignal): Promise<LentParts> {
    const wanted = { file: this.entry.id, ...chunk };
    const exclude: string[] = [];
    const suspects = [...this.#suspects];
    for (let wrong = 0; wrong < SDK_LIMITS.wrongCopies; wrong++) {
      const { content, server, verified } = await this.#withHandle(
        (handle, options) =>
          this.#parts.path.get({ handle, ...wanted, exclude, suspects }, options),
        stop,
      );
      if (isChunk(this.#parts.hasher, content, chunk)) return content;
      (verified ? exclude : suspects).push(server);
    }
    const servers = [...new Set([...suspects, ...exclude])].join(', ');
    throw this.#damaged(`the chunk at byte ${chunk.offset} was wrong on ${servers}`);
  }

  async #withHandle<T>(
    attempt: (handle: string, options: { signal?: AbortSignal }) => Promise<T>,
    stop?: AbortSignal,
  ): Promise<T> {
    const signals = [this.#signal, stop].filter((signal) => signal !== undefined);
    const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0];
    for (;;) {
      const handle = this.#handle;
      try {
        if (handle !== undefined) return await attempt(handle, signal ? { signal } : {});
      } catch (error) {
        if (!isHoldfastError(error, 'handle-gone')) throw error;
      }
      if (this.#handle === handle) await this.#reopen();
    }
  }

  /** A frontend that restarted has forgotten the handle; the version is still there under its number. */
  #reopen(): Promise<void> {
    this.#opening ??= this.#openAgain().finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async #openAgain(): Promise<void> {
    if (++this.#openings > SDK_LIMITS.reopenings)
      throw this.#lost('its frontend keeps forgetting it');
    throwIfCancelled(this.#signal);
    const { version } = this.entry;
    const opened = await this.#parts.files
      .openRead({ path: this.#path, version, inlineBytes: 0 })
      .catch((error: unknown) => {
        // Whoever opened the file knows that it was there: that is not what this is about.
        if (isHoldfastError(error, 'not-found'))
          throw this.#lost('it was replaced or removed meanwhile');
        throw error;
      });
    if (opened.entry.id !== this.entry.id) throw this.#lost('another file has its name now');
    this.#handle = opened.handle;
  }

  #damaged(why: string): HoldfastError {
    return new HoldfastError(
      'damaged',
      `Version ${this.entry.version} of ${this.#path} cannot be read: ${why}. Look at holdfast status, and try an older version (holdfast history).`,
    );
  }

  #lost(why: string): HoldfastError {
    return new HoldfastError(
      'handle-gone',
      `${this.#path} could not be read to its end: the frontend restarted, and ${why}. Read it again.`,
    );
  }
}

interface Opened extends OpenedVersion {
  readonly parts: TransferParts;
  readonly path: string;
  readonly signal: AbortSignal | undefined;
}

/** The pieces of `parts` between two positions. */
function* slice(parts: ByteParts, from: number, to: number): Generator<Uint8Array> {
  let position = 0;
  for (const part of parts) {
    const piece = part.subarray(Math.max(0, from - position), Math.max(0, to - position));
    if (piece.length > 0) yield piece;
    position += part.length;
  }
}
