import type { Clock } from '@holdfast/kernel';
import { CLIENT_LIMITS } from '../limits.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { safeText } from './safe-text.ts';
import { formatSize } from './size.ts';
import { textWidth, truncate } from './text-width.ts';
import { formatDuration } from './time.ts';

const BAR_COLUMNS = 20;

/** A line that shows how far a transfer is, how fast, and how long it will still take. */
export class ProgressBar implements Disposable {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #startedMs: number;
  /** Moments and bytes of the last few seconds, for the present speed. */
  readonly #samples: { readonly ms: number; readonly bytes: number }[] = [];
  #label: string;
  #totalBytes: number | undefined;
  #doneBytes = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;

  constructor(terminal: Terminal, clock: Clock, label: string, totalBytes?: number) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#label = label;
    this.#totalBytes = totalBytes;
    this.#startedMs = clock.monotonicMs();
  }

  get secondsSoFar(): number {
    return (this.#clock.monotonicMs() - this.#startedMs) / 1000;
  }

  label(label: string): void {
    this.#label = label;
  }

  total(bytes: number): void {
    this.#totalBytes = bytes;
  }

  add(bytes: number): void {
    this.update(this.#doneBytes + bytes);
  }

  update(doneBytes: number): void {
    this.#doneBytes = doneBytes;
    if (!this.#terminal.showsProgress) return;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#drawnMs < CLIENT_LIMITS.progressMs) return;
    this.#drawnMs = nowMs;
    this.#samples.push({ ms: nowMs, bytes: doneBytes });
    while (nowMs - (this.#samples[0]?.ms ?? nowMs) > CLIENT_LIMITS.speedWindowMs) {
      this.#samples.shift();
    }
    this.#terminal.progress(this.#line());
  }

  [Symbol.dispose](): void {
    this.#terminal.progress(undefined);
  }

  #line(): string {
    const speed = this.#bytesPerSecond();
    const total = this.#totalBytes;
    const parts: string[] = [];
    if (total !== undefined) {
      const share = total === 0 ? 1 : Math.min(1, this.#doneBytes / total);
      const filled = Math.round(share * BAR_COLUMNS);
      parts.push(`${String(Math.floor(share * 100)).padStart(3)}%`);
      parts.push(`[${'#'.repeat(filled)}${'-'.repeat(BAR_COLUMNS - filled)}]`);
      parts.push(`${formatSize(this.#doneBytes)} of ${formatSize(total)}`);
    } else {
      parts.push(formatSize(this.#doneBytes));
    }
    if (speed > 0) {
      parts.push(`${formatSize(speed)}/s`);
      if (total !== undefined) {
        parts.push(`${formatDuration(Math.max(0, total - this.#doneBytes) / speed)} left`);
      }
    }
    const facts = parts.join('  ');
    const room = Math.max(8, this.#terminal.columns - textWidth(facts) - 3);
    return truncate(
      `${truncate(safeText(this.#label), room)}  ${facts}`,
      this.#terminal.columns - 1,
    );
  }

  #bytesPerSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.ms === first.ms) return 0;
    return ((last.bytes - first.bytes) / (last.ms - first.ms)) * 1000;
  }
}
