import { HoldfastError, type JournalTail, isHoldfastError } from '@holdfast/contracts';
import { type Clock, type Deferred, assert, deferred, equalBytes, sleep } from '@holdfast/kernel';
import type { JournalCopy } from './journal-copy.ts';
import { ENGINE_LIMITS } from './limits.ts';
import type { RecentRecords } from './recent-records.ts';

export interface ShipperEvents {
  /** The copy has more records on stable storage than before. */
  readonly progress: () => void;
  /** The copy cannot be reached, or refuses; it is tried again. */
  readonly trouble: (error: unknown) => void;
  /** It is no use trying again. */
  readonly hopeless: (error: unknown) => void;
}

export interface ShipperPorts {
  readonly epoch: number;
  readonly records: RecentRecords;
  readonly clock: Clock;
  readonly events: ShipperEvents;
}

/**
 * Sends the local journal to one copy, record after record, from memory or, for a copy that is far
 * behind, from disk. After a failure it finds out first how far the copy is. Runs until disposed.
 */
export class CopyShipper implements Disposable {
  readonly copy: JournalCopy;
  readonly #ports: ShipperPorts;
  readonly #stopped = new AbortController();
  readonly #caughtUp = deferred();
  #acked: number;
  #next: number;
  #unanswered = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: Deferred<void> | undefined;
  /** When there was progress last, or something to send again. Undefined: there is nothing. */
  #waitingSinceMs: number | undefined;

  /** `acked`: the copy is known to have the records up to this number. */
  constructor(copy: JournalCopy, acked: number, ports: ShipperPorts) {
    this.copy = copy;
    this.#acked = acked;
    this.#next = acked + 1;
    this.#ports = ports;
    this.#progress(acked);
    void this.#run();
  }

  /** The copy has all records up to this number on stable storage. */
  get acked(): number {
    return this.#acked;
  }

  /** Resolves once the copy is hardly behind; rejects with the first failure, or when disposed. */
  get caughtUp(): Promise<void> {
    return this.#caughtUp.promise;
  }

  /** Milliseconds without progress while there was something to send; 0 if there is nothing. */
  get stalledMs(): number {
    const since = this.#waitingSinceMs;
    return since === undefined ? 0 : this.#ports.clock.monotonicMs() - since;
  }

  /** So much of the time in which there was no progress does not count. */
  pardon(ms: number): void {
    if (this.#waitingSinceMs !== undefined) this.#waitingSinceMs += ms;
  }

  /** The local journal has more records. */
  wake(): void {
    this.#waitingSinceMs ??= this.#ports.clock.monotonicMs();
    this.#wake?.resolve();
  }

  [Symbol.dispose](): void {
    this.#stopped.abort(new Error('The copy is no longer followed'));
    this.#caughtUp.reject(
      new HoldfastError(
        'unavailable',
        `The journal's copy on ${this.copy.name} is no longer followed. Register the store again.`,
      ),
    );
    this.#wake?.resolve();
  }

  async #run(): Promise<void> {
    const { clock, events } = this.#ports;
    const { signal } = this.#stopped;
    let pauseMs: number = ENGINE_LIMITS.copyRetryMs;
    while (!signal.aborted) {
      const acked = this.#acked;
      try {
        await this.#ship();
      } catch (error) {
        if (signal.aborted) return;
        this.#caughtUp.reject(error);
        if (isHopeless(error)) return events.hopeless(error);
        events.trouble(error);
        if (this.#acked > acked) pauseMs = ENGINE_LIMITS.copyRetryMs;
        await sleep(clock, pauseMs, signal).catch(() => {});
        pauseMs = Math.min(2 * pauseMs, ENGINE_LIMITS.copyRetryMaxMs);
        await this.#resume();
      }
    }
  }

  /** Sends until something fails or it is stopped. */
  async #ship(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      if (this.#failure) throw this.#failure.error;
      const room = this.#unanswered < ENGINE_LIMITS.copyMessages;
      if (room && this.#next <= this.#ports.records.last) await this.#send();
      else await this.#woken();
    }
  }

  async #send(): Promise<void> {
    const { records, epoch } = this.#ports;
    const message = await records.take(this.#next);
    const last = message.at(-1);
    assert(last, 'a durable record can be read back');
    if (this.#stopped.signal.aborted) return;
    this.#next = last.number + 1;
    this.#unanswered++;
    void this.copy.append(epoch, message).then(
      () => this.#answered(last.number),
      (error: unknown) => this.#answered(undefined, { error }),
    );
  }

  #answered(number: number | undefined, failure?: { readonly error: unknown }): void {
    this.#unanswered--;
    this.#failure ??= failure;
    if (number !== undefined && !this.#failure) this.#progress(number);
    this.#wake?.resolve();
  }

  #progress(number: number): void {
    const { records, clock, events } = this.#ports;
    this.#acked = number;
    const lag = records.last - number;
    this.#waitingSinceMs = lag > 0 ? clock.monotonicMs() : undefined;
    if (lag <= ENGINE_LIMITS.joinLagRecords) this.#caughtUp.resolve();
    if (!this.#stopped.signal.aborted) events.progress();
  }

  /** Takes up again where the copy is; leaves a failure standing if it cannot be asked. */
  async #resume(): Promise<void> {
    while (this.#unanswered > 0 && !this.#stopped.signal.aborted) await this.#woken();
    if (this.#stopped.signal.aborted) return;
    try {
      const { tail } = await this.copy.stand();
      await this.#checkStand(tail);
      this.#next = tail.number + 1;
      this.#failure = undefined;
      if (tail.number > this.#acked) this.#progress(tail.number);
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** What was acknowledged must be there, and nothing that was not sent. */
  async #checkStand(tail: JournalTail): Promise<void> {
    if (tail.number === this.#acked) return;
    const known = tail.number > this.#acked && tail.number <= this.#ports.records.last;
    const [record] = known ? await this.#ports.records.take(tail.number) : [];
    if (record && equalBytes(record.hash, tail.hash)) return;
    throw new HoldfastError(
      'damaged',
      `The journal's copy on ${this.copy.name} ends at record ${tail.number}, which is not what ` +
        `was sent there. It must be compared anew: restart that server.`,
    );
  }

  async #woken(): Promise<void> {
    this.#wake = deferred();
    await this.#wake.promise;
    this.#wake = undefined;
  }
}

function isHopeless(error: unknown): boolean {
  return isHoldfastError(
    error,
    'stale-epoch',
    'poisoned',
    'no-space',
    'damaged',
    'foreign-store',
    'format-mismatch',
    // The journal here begins later by now: it must join anew, with a snapshot.
    'not-found',
  );
}
