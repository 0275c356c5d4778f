import { type DirectoryScrub, HoldfastError } from '@holdfast/contracts';
import type { DirectoryFindings, Engine } from '@holdfast/directory';
import {
  type Clock,
  type Deferred,
  type Disk,
  deferred,
  fromUtf8,
  readWholeFile,
  sleep,
  utf8,
  writeFileAtomically,
} from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';

export interface DirectoryScrubberOptions {
  readonly engine: Pick<Engine, 'scrub'>;
  readonly disk: Disk;
  /** The file that keeps what the last pass found, over restarts. */
  readonly path: string;
  readonly clock: Clock;
  readonly notice: (sentence: string) => void;
}

interface Pass {
  readonly startedMs: number;
  readBytes: number;
}

type Last = NonNullable<DirectoryScrub['last']>;

const FORMAT = 1;

/**
 * Re-reads what the frontend keeps on its own disk, over and over, slowly, as servers do with theirs:
 * damage is found and made whole while others have what was there (§P2, §P6, §P11).
 */
export class DirectoryScrubber implements AsyncDisposable {
  readonly #options: DirectoryScrubberOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #pass: Pass | undefined;
  #last: Last | undefined;
  #urgent = false;
  #wanted: Deferred<void> = deferred();
  #said = '';

  /** Begins in the background. */
  constructor(options: DirectoryScrubberOptions) {
    this.#options = options;
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) options.notice(`Scrubbing has stopped: ${String(error)}`);
    });
  }

  get report(): DirectoryScrub {
    return {
      ...(this.#pass && { current: { ...this.#pass } }),
      ...(this.#last && { last: this.#last }),
    };
  }

  /** Begins a pass now, from the start, as fast as others leave room for. */
  begin(): void {
    this.#urgent = true;
    this.#pass = undefined;
    this.#wanted.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new HoldfastError('cancelled', 'The frontend stops.'));
    this.#wanted.resolve();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    this.#last = await this.#load();
    const startedMs = clock.monotonicMs();
    while (!signal.aborted) {
      if (!this.#urgent) await this.#untilDue(startedMs);
      if (signal.aborted) return;
      this.#wanted = deferred();
      await this.#goOver({ startedMs: clock.wallMs(), readBytes: 0 });
    }
  }

  async #untilDue(startedMs: number): Promise<void> {
    const { clock } = this.#options;
    this.#wanted = deferred();
    const last = this.#last;
    const sinceMs = last ? Math.max(0, clock.wallMs() - last.startedMs) : 0;
    const everyMs = !last || isWhole(last) ? LIMITS.scrubEveryMs : LIMITS.scrubUnrepairedMs;
    // A map is read anew with each start, so it is looked at soon if it is time for that.
    const firstMs = LIMITS.scrubFirstAfterMs - (clock.monotonicMs() - startedMs);
    const waitMs = last ? Math.max(everyMs - sinceMs, firstMs) : firstMs;
    const timer = clock.schedule(Math.max(0, waitMs), () => this.#wanted.resolve());
    await this.#wanted.promise;
    timer.cancel();
  }

  async #goOver(pass: Pass): Promise<void> {
    const { engine, clock } = this.#options;
    const { signal } = this.#stop;
    this.#pass = pass;
    try {
      const findings = await engine.scrub((bytes) => this.#pause(pass, bytes));
      if (this.#pass === pass && !signal.aborted) await this.#end(pass, findings);
    } catch (error) {
      // A pass that is asked for meanwhile begins anew.
      if (signal.aborted || this.#pass !== pass) return;
      this.#pass = undefined;
      this.#say(`Scrubbing waits: ${error instanceof Error ? error.message : String(error)}`);
      await sleep(clock, LIMITS.scrubRetryMs, signal).catch(() => {});
    }
  }

  async #end(pass: Pass, { damage, repaired }: DirectoryFindings): Promise<void> {
    const { clock, notice } = this.#options;
    this.#pass = undefined;
    this.#urgent = false;
    this.#said = '';
    const shown = damage.slice(0, LIMITS.scrubSentences);
    const endedMs = clock.wallMs();
    this.#last = { ...pass, endedMs, damaged: damage.length, repaired, damage: [...shown] };
    for (const sentence of shown) {
      notice(`The directory on the frontend's disk was damaged: ${sentence}`);
    }
    await this.#save(this.#last);
  }

  /** Throws where this pass is over. */
  async #pause(pass: Pass, bytes: number): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stop;
    pass.readBytes += bytes;
    const bytesPerSecond = this.#urgent
      ? LIMITS.scrubFastestBytesPerSecond
      : LIMITS.scrubSlowestBytesPerSecond;
    const slept = sleep(clock, (bytes / bytesPerSecond) * 1000, signal).catch(() => {});
    await (this.#urgent ? slept : Promise.race([slept, this.#wanted.promise]));
    signal.throwIfAborted();
    if (this.#pass !== pass) throw new HoldfastError('cancelled', 'Another pass begins.');
  }

  /** Attempts repeat; what is said of them does not. */
  #say(sentence: string): void {
    if (this.#said !== sentence) this.#options.notice(sentence);
    this.#said = sentence;
  }

  /** Damaged notes are no notes: losing them costs nothing but a pass. */
  async #load(): Promise<Last | undefined> {
    try {
      const bytes = await readWholeFile(this.#options.disk, this.#options.path);
      const stored = bytes && (JSON.parse(fromUtf8(bytes)) as { format: number; last: Last });
      return stored?.format === FORMAT ? stored.last : undefined;
    } catch {
      return undefined;
    }
  }

  async #save(last: Last): Promise<void> {
    const { disk, path } = this.#options;
    try {
      await writeFileAtomically(disk, path, utf8(`${JSON.stringify({ format: FORMAT, last })}\n`));
    } catch (error) {
      this.#say(`What scrubbing has found is not kept: ${String(error)}`);
    }
  }
}

function isWhole({ damaged, repaired }: Last): boolean {
  return repaired >= damaged;
}
