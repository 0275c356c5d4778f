import {
  type ChunkStore,
  type Hasher,
  HoldfastError,
  type Journal,
  type RecordPosition,
  type ScrubReport,
  type SnapshotStamp,
  type Snapshots,
} from '@holdfast/contracts';
import { verifyJournal, verifySnapshots } from '@holdfast/directory';
import { type Clock, type Deferred, deferred, type Disk, sleep } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { type PassNotes, ScrubNotes } from './scrub-notes.ts';

export interface ScrubberOptions {
  readonly store: ChunkStore;
  readonly journal: Journal;
  readonly snapshots: Snapshots;
  readonly hasher: Hasher;
  readonly disk: Disk;
  /** The file that keeps how far the pass is, over restarts. */
  readonly path: string;
  readonly clock: Clock;
  readonly notice: (text: string) => void;
}

/**
 * Re-reads everything that a server keeps, over and over, slowly: damage is found while there are
 * other copies, not when the last one is asked for (§P2, §P6). Whoever waits for the disk goes first.
 */
export class Scrubber implements AsyncDisposable {
  readonly #options: ScrubberOptions;
  readonly #notes: ScrubNotes;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #pass: PassNotes | undefined;
  #urgent = false;
  #wanted: Deferred<void> = deferred();
  #journalDamage: string | undefined;
  #damagedSnapshots: readonly SnapshotStamp[] = [];
  #unsavedMs = 0;
  #said = '';

  /** Begins in the background. */
  constructor(options: ScrubberOptions) {
    this.#options = options;
    this.#notes = new ScrubNotes(options.disk, options.path);
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) options.notice(`Scrubbing has stopped: ${String(error)}`);
    });
  }

  get report(): ScrubReport {
    const { store } = this.#options;
    const pass = this.#pass;
    return {
      ...(pass && {
        current: {
          startedMs: pass.startedMs,
          readBytes: pass.readBytes,
          totalBytes: Math.max(pass.totalBytes, pass.readBytes),
        },
      }),
      ...(this.#notes.last && { last: this.#notes.last }),
      untold: store.untold.length,
      uncompared: this.#notes.uncompared,
      ...(this.#journalDamage !== undefined && { journalDamage: this.#journalDamage }),
    };
  }

  /** Begins a pass now, from the start, as fast as others leave room for. */
  begin(): void {
    this.#urgent = true;
    this.#pass = undefined;
    this.#wanted.resolve();
  }

  /** The coordinator has compared the store with the directory since the pass that ended then. */
  async compared(endedMs: number): Promise<void> {
    if (this.#notes.last?.endedMs === endedMs) await this.#notes.setCompared();
  }

  /** The copy of the journal is sent anew, and with it a snapshot, if one is needed. */
  async journalBegunAnew(): Promise<void> {
    for (const stamp of this.#damagedSnapshots) await this.#options.snapshots.discard(stamp);
    this.#damagedSnapshots = [];
    this.#journalDamage = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new HoldfastError('cancelled', 'The server stops.'));
    this.#wanted.resolve();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    this.#pass = await this.#notes.load();
    const startedMs = clock.monotonicMs();
    while (!this.#stop.signal.aborted) {
      if (!this.#pass && !this.#urgent) await this.#untilDue(startedMs);
      if (this.#stop.signal.aborted) return;
      this.#wanted = deferred();
      this.#pass ??= this.#freshPass();
      await this.#goOn(this.#pass);
    }
  }

  #freshPass(): PassNotes {
    const { store, clock } = this.#options;
    const totalBytes = store.usage.segmentBytes;
    return { startedMs: clock.wallMs(), totalBytes, readBytes: 0, damaged: 0, at: undefined };
  }

  async #untilDue(startedMs: number): Promise<void> {
    const { clock } = this.#options;
    this.#wanted = deferred();
    const last = this.#notes.last;
    const sinceMs = last ? Math.max(0, clock.wallMs() - last.startedMs) : 0;
    const upMs = clock.monotonicMs() - startedMs;
    const waitMs = last ? LIMITS.scrubEveryMs - sinceMs : LIMITS.scrubFirstAfterMs - upMs;
    const timer = clock.schedule(Math.max(0, waitMs), () => this.#wanted.resolve());
    await this.#wanted.promise;
    timer.cancel();
  }

  /** Goes on with a pass to its end, or until another one is asked for. */
  async #goOn(pass: PassNotes): Promise<void> {
    const { store, clock } = this.#options;
    const { signal } = this.#stop;
    try {
      let more = true;
      while (more && this.#pass === pass && !signal.aborted) {
        await this.#giveWay();
        const { next, bytes, damaged } = await store.verifyRecords(pass.at, LIMITS.scrubStepBytes);
        this.#advance(pass, next, bytes, damaged);
        // Otherwise a disk that cannot read what repair puts there would be gone over without end.
        more = next !== undefined && pass.readBytes < pass.totalBytes;
        await this.#pause(bytes);
      }
      if (this.#pass !== pass) return;
      if (more) return await this.#save(pass);
      await this.#verifyJournal();
      if (this.#pass === pass && !signal.aborted) await this.#end(pass);
    } catch (error) {
      if (signal.aborted) return;
      this.#say(`Scrubbing waits: ${error instanceof Error ? error.message : String(error)}`);
      await sleep(clock, LIMITS.scrubRetryMs, signal).catch(() => {});
    }
  }

  #advance(
    pass: PassNotes,
    next: RecordPosition | undefined,
    bytes: number,
    damaged: number,
  ): void {
    pass.at = next;
    pass.readBytes += bytes;
    pass.damaged += damaged;
  }

  async #end(pass: PassNotes): Promise<void> {
    const { startedMs, readBytes, damaged } = pass;
    const endedMs = this.#options.clock.wallMs();
    const found = damaged + (this.#journalDamage === undefined ? 0 : 1);
    this.#pass = undefined;
    this.#urgent = false;
    this.#said = '';
    await this.#notes.setLast({ startedMs, endedMs, readBytes, damaged: found });
  }

  /** Attempts repeat; what is said of them does not. */
  #say(sentence: string): void {
    if (this.#said !== sentence) this.#options.notice(sentence);
    this.#said = sentence;
  }

  /** A snapshot is the beginning of the journal, as far as that is not there any more. */
  async #verifyJournal(): Promise<void> {
    const { journal, snapshots, hasher, notice } = this.#options;
    const onRead = async (bytes: number): Promise<void> => {
      await this.#giveWay();
      await this.#pause(bytes);
      this.#stop.signal.throwIfAborted();
    };
    const inJournal = await verifyJournal(journal, hasher, onRead);
    const damaged = await verifySnapshots(snapshots, onRead);
    this.#damagedSnapshots = damaged.map(({ stamp }) => stamp);
    this.#journalDamage = inJournal ?? damaged[0]?.damage;
    if (this.#journalDamage !== undefined) notice(this.#journalDamage);
  }

  /** Lets whoever waits for the disk go first, for a bounded time. */
  async #giveWay(): Promise<void> {
    const { store, clock } = this.#options;
    const { signal } = this.#stop;
    const full = (): boolean => store.untold.length >= LIMITS.scrubUntoldChunks;
    for (let waitedMs = 0; store.busy && waitedMs < LIMITS.scrubGiveWayMs;) {
      await sleep(clock, LIMITS.scrubLookMs, signal).catch(() => {});
      waitedMs += LIMITS.scrubLookMs;
    }
    // Nothing that was found may be forgotten before somebody was told.
    while (full() && !signal.aborted) {
      await sleep(clock, LIMITS.scrubRetryMs, signal).catch(() => {});
    }
  }

  async #pause(bytes: number): Promise<void> {
    const { store, clock } = this.#options;
    const { signal } = this.#stop;
    const slow = Math.max(
      LIMITS.scrubSlowestBytesPerSecond,
      (store.usage.segmentBytes / LIMITS.scrubPassMs) * 1000,
    );
    const bytesPerSecond = this.#urgent
      ? LIMITS.scrubFastestBytesPerSecond
      : Math.min(slow, LIMITS.scrubFastestBytesPerSecond);
    const ms = (bytes / bytesPerSecond) * 1000;
    const stopped = sleep(clock, ms, signal).catch(() => {});
    await (this.#urgent ? stopped : Promise.race([stopped, this.#wanted.promise]));
    this.#unsavedMs += ms;
    if (this.#unsavedMs < LIMITS.scrubSaveMs || !this.#pass) return;
    await this.#save(this.#pass);
  }

  async #save(pass: PassNotes): Promise<void> {
    this.#unsavedMs = 0;
    await this.#notes.savePass(pass);
  }
}
