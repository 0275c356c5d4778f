import { Ballast, type Disk } from '@holdfast/kernel';
import { roundDown } from './format.ts';
import { CHUNK_STORE_LIMITS } from './limits.ts';
import { fullDisk } from './refusals.ts';

export interface SpaceGuardParts {
  readonly disk: Disk;
  readonly folder: string;
  readonly reserveBytes: number;
  readonly ballastBytes: number;
}

/**
 * Refuses new chunks before the disk is quite full, so that deletes and compaction can go on; and
 * keeps a file that is given up when other programs fill the disk all the same.
 */
export class SpaceGuard {
  readonly #parts: SpaceGuardParts;
  readonly #ballast: Ballast;
  #reserveBytes = 0;
  #ballastBytes = 0;
  #freeBytes = 0;
  #uncheckedBytes = 0;
  #releases = 0;
  #releasing: Promise<void> | undefined;

  constructor(parts: SpaceGuardParts) {
    this.#parts = parts;
    this.#ballast = new Ballast(parts.disk, `${parts.folder}/ballast`);
  }

  /** Looks at the disk, and makes the ballast if there is room for it. */
  async start(): Promise<void> {
    const { disk, reserveBytes, ballastBytes } = this.#parts;
    const { totalBytes } = await disk.space();
    this.#reserveBytes = Math.min(
      reserveBytes,
      Math.floor(totalBytes * CHUNK_STORE_LIMITS.reserveShare),
    );
    const most = roundDown(Math.floor(this.#reserveBytes * CHUNK_STORE_LIMITS.ballastShare));
    this.#ballastBytes = Math.min(ballastBytes, most);
    await this.#ballast.adopt();
    await this.#look();
  }

  /** Throws `no-space` unless a chunk of `bytes` leaves the reserve alone. */
  async admit(bytes: number): Promise<void> {
    const due = this.#uncheckedBytes >= CHUNK_STORE_LIMITS.spaceCheckBytes;
    if (due || !this.#leavesReserve(bytes)) await this.#look();
    if (!this.#leavesReserve(bytes)) throw fullDisk();
    this.#freeBytes -= bytes;
    this.#uncheckedBytes += bytes;
  }

  /** How often the ballast was given up. */
  get releases(): number {
    return this.#releases;
  }

  /**
   * Gives the ballast up, unless that has happened since there were `releases`; false if there is
   * none any more.
   */
  async giveUpBallast(releases: number): Promise<boolean> {
    if (this.#ballast.bytes > 0 && this.#releases === releases) {
      this.#releasing ??= this.#release().finally(() => {
        this.#releasing = undefined;
      });
    }
    await this.#releasing;
    return this.#releases > releases;
  }

  async #release(): Promise<void> {
    await this.#ballast.giveUp();
    this.#releases++;
  }

  #leavesReserve(bytes: number): boolean {
    return this.#freeBytes - bytes >= this.#reserveBytes;
  }

  async #look(): Promise<void> {
    this.#uncheckedBytes = 0;
    this.#freeBytes = (await this.#parts.disk.space()).freeBytes;
    const lackBytes = this.#ballastBytes - this.#ballast.bytes;
    if (lackBytes > 0 && this.#leavesReserve(lackBytes)) {
      await this.#ballast.grow(this.#ballastBytes);
      this.#freeBytes -= lackBytes;
    }
  }
}
