import { Ballast, type Clock, DISK_BLOCK_BYTES, type Disk, type Timer } from '@holdfast/kernel';
import { FRONTEND_LIMITS } from './limits.ts';

export interface StartReserveOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly onProblem: (error: unknown) => void;
}

/**
 * Space on the frontend's disk that only its start may use, which must write before it can serve
 * (§P7). A running frontend waits for space instead, so it leaves the reserve alone.
 */
export class StartReserve implements AsyncDisposable {
  readonly #options: StartReserveOptions;
  readonly #ballast: Ballast;
  readonly #wantedBytes: number;
  #timer: Timer | undefined;
  #growing: Promise<void> | undefined;
  #closed = false;

  /** Gives the reserve up if less than that is free otherwise. */
  static async open(options: StartReserveOptions): Promise<StartReserve> {
    const { disk } = options;
    const ballast = new Ballast(disk, 'ballast');
    await ballast.adopt();
    const { freeBytes, totalBytes } = await disk.space();
    const share = Math.floor(totalBytes * FRONTEND_LIMITS.ballastShare);
    const wantedBytes = wholeBlocks(Math.min(FRONTEND_LIMITS.ballastBytes, share));
    if (ballast.bytes > 0 && freeBytes < wantedBytes) await ballast.giveUp();
    return new StartReserve(options, ballast, wantedBytes);
  }

  private constructor(options: StartReserveOptions, ballast: Ballast, wantedBytes: number) {
    this.#options = options;
    this.#ballast = ballast;
    this.#wantedBytes = wantedBytes;
  }

  /** To be called when the start has written what it must. From now on space is put aside again. */
  async keep(): Promise<void> {
    this.#growing = this.#grow().catch((error: unknown) => this.#options.onProblem(error));
    await this.#growing;
    if (this.#closed || this.#ballast.bytes >= this.#wantedBytes) return;
    this.#timer = this.#options.clock.schedule(
      FRONTEND_LIMITS.ballastEveryMs,
      () => void this.keep(),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    await this.#growing;
  }

  /** Of what is free where that is little, half stays for what the frontend writes while it runs. */
  async #grow(): Promise<void> {
    const { freeBytes } = await this.#options.disk.space();
    const fair = wholeBlocks(Math.floor((freeBytes + this.#ballast.bytes) / 2));
    const bytes = Math.min(this.#wantedBytes, fair);
    if (bytes > this.#ballast.bytes) await this.#ballast.grow(bytes);
  }
}

function wholeBlocks(bytes: number): number {
  return bytes - (bytes % DISK_BLOCK_BYTES);
}
