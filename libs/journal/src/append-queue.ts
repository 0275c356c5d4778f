import {
  continuesChain,
  encodeRecords,
  type Hasher,
  HoldfastError,
  type JournalRecord,
  type JournalResetOptions,
  type JournalTail,
  tailOf,
} from '@holdfast/contracts';
import { deferred, type Deferred } from '@holdfast/kernel';
import { batchBytes } from './batch.ts';
import { JOURNAL_LIMITS } from './limits.ts';

/** Records that one caller waits for. */
export interface QueuedAppend {
  readonly kind: 'append';
  readonly first: number;
  readonly count: number;
  readonly content: Uint8Array;
  /** The tail once they are in. */
  readonly tail: JournalTail;
  readonly freesSpace: boolean;
  readonly done: Deferred<void>;
}

export interface QueuedReset {
  readonly kind: 'reset';
  readonly tail: JournalTail;
  /** What becomes of what there was. */
  readonly options: JournalResetOptions;
  readonly done: Deferred<void>;
}

/** Another file is to be begun. */
export interface QueuedRoll {
  readonly kind: 'roll';
  readonly done: Deferred<void>;
}

export type Queued = QueuedAppend | QueuedReset | QueuedRoll;

/** What waits for the disk, in the order in which it was asked for. Its end is the end of the chain. */
export class AppendQueue {
  /** The tail once everything queued is in. */
  tail: JournalTail;
  readonly #hasher: Hasher;
  readonly #mostBytes: number;
  readonly #queue: Queued[] = [];
  #queuedBytes = 0;

  /** `mostBytes` is the largest batch that fits into a segment. */
  constructor(hasher: Hasher, tail: JournalTail, mostBytes: number) {
    this.#hasher = hasher;
    this.tail = tail;
    this.#mostBytes = mostBytes;
  }

  get empty(): boolean {
    return this.#queue.length === 0;
  }

  /** Queues records; throws, having queued none, if they do not continue the chain or are too many. */
  addRecords(records: readonly JournalRecord[], freesSpace: boolean): Promise<void> {
    const tail = this.#tailAfter(records);
    const content = encodeRecords(records);
    if (batchBytes(content.length) > this.#mostBytes) {
      throw tooMuch(`One append of ${content.length} bytes to the journal is too large.`);
    }
    if (this.#queuedBytes + content.length > JOURNAL_LIMITS.queuedBytes) {
      throw tooMuch('Too many records wait for the journal. Try again later.');
    }
    const done = deferred();
    const first = this.tail.number + 1;
    const { length: count } = records;
    this.#queue.push({ kind: 'append', first, count, content, tail, freesSpace, done });
    this.#queuedBytes += content.length;
    this.tail = tail;
    return done.promise;
  }

  addReset(tail: JournalTail, options: JournalResetOptions): Promise<void> {
    const done = deferred();
    this.#queue.push({ kind: 'reset', tail, options, done });
    this.tail = tail;
    return done.promise;
  }

  addRoll(): Promise<void> {
    const done = deferred();
    this.#queue.push({ kind: 'roll', done });
    return done.promise;
  }

  /** A reset or a roll alone, or as many appends as one write should serve. */
  take(): QueuedReset | QueuedRoll | QueuedAppend[] {
    const [head] = this.#queue;
    if (head !== undefined && head.kind !== 'append') {
      this.#queue.shift();
      return head;
    }
    const taken: QueuedAppend[] = [];
    const limit = Math.min(JOURNAL_LIMITS.batchBytes, this.#mostBytes);
    let bytes = 0;
    for (const next of this.#queue) {
      if (next.kind !== 'append') break;
      if (taken.length > 0 && batchBytes(bytes + next.content.length) > limit) break;
      bytes += next.content.length;
      taken.push(next);
    }
    this.#queue.splice(0, taken.length);
    this.#queuedBytes -= bytes;
    return taken;
  }

  /**
   * Rejects what is queued, up to the next reset, which follows from nothing before it: those
   * appends would have continued what was refused. The chain ends in `tail` again.
   */
  rejectAppends(reason: unknown, tail: JournalTail): void {
    const reset = this.#queue.findIndex((queued) => queued.kind === 'reset');
    const count = reset < 0 ? this.#queue.length : reset;
    for (const queued of this.#queue.splice(0, count)) {
      if (queued.kind === 'append') this.#queuedBytes -= queued.content.length;
      queued.done.reject(reason);
    }
    if (reset < 0) this.tail = tail;
  }

  rejectAll(reason: unknown): void {
    for (const queued of this.#queue.splice(0)) queued.done.reject(reason);
    this.#queuedBytes = 0;
  }

  #tailAfter(records: readonly JournalRecord[]): JournalTail {
    let { tail } = this;
    for (const record of records) {
      if (!continuesChain(this.#hasher, tail, record)) {
        throw new HoldfastError(
          'invalid-argument',
          `Record ${record.number} does not follow record ${tail.number}, which the journal ends in.`,
          { details: { record: record.number, tail: tail.number } },
        );
      }
      tail = tailOf(record);
    }
    return tail;
  }
}

function tooMuch(message: string): HoldfastError {
  return new HoldfastError('limit-exceeded', message);
}
