import type { ChunkId } from '@holdfast/contracts';
import type { AcknowledgedHolder, Directory } from '@holdfast/directory';
import { type Clock, type Deferred, deferred, sleep } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';

type AddedHolder = ChunkId & { readonly holder: AcknowledgedHolder };

/**
 * Notes the copies that repair has made. Those that are made within a moment, or while a note is on its
 * way to the disks, go into one together: a chunk that two servers got at about the same time is
 * written once.
 */
export class HolderNotes {
  readonly #directory: Pick<Directory, 'addHolders'>;
  #waiting: AddedHolder[] = [];
  /** For those that wait. */
  #next: Deferred<void> = deferred();
  #running = false;
  readonly #clock: Clock;

  constructor(directory: Pick<Directory, 'addHolders'>, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /** Resolves once they are noted; rejects if they, or others that went along, could not be. */
  async add(holders: readonly AddedHolder[]): Promise<void> {
    if (holders.length === 0) return;
    this.#waiting.push(...holders);
    const noted = this.#next.promise;
    if (!this.#running) void this.#run();
    await noted;
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#waiting.length > 0) {
      await sleep(this.#clock, LIMITS.noteTogetherMs);
      const batch = this.#waiting;
      const noted = this.#next;
      this.#waiting = [];
      this.#next = deferred();
      await this.#directory.addHolders(batch).then(noted.resolve, noted.reject);
    }
    this.#running = false;
  }
}
