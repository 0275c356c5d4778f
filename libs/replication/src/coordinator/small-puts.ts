import { type ChunkId, DATA_LIMITS } from '@holdfast/contracts';
import { type ByteParts, type Deferred, deferred, partsLength } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { Member } from './member.ts';

interface SmallPut {
  readonly chunk: ChunkId;
  readonly content: ByteParts;
  readonly length: number;
  /** Resolves with the position at which the store acknowledged. */
  readonly done: Deferred<number>;
}

/**
 * Sends small chunks to one store. While some calls are under way, further chunks wait and then share
 * the next one: many files that are written at once cost few calls, and one alone waits for nobody.
 */
export class SmallPuts {
  readonly #member: Member;
  readonly #epoch: () => number;
  readonly #waiting: SmallPut[] = [];
  #underWay = 0;

  constructor(member: Member, epoch: () => number) {
    this.#member = member;
    this.#epoch = epoch;
  }

  /** Resolves with the position of the chunk once the store has it on stable storage. */
  async put(chunk: ChunkId, content: ByteParts): Promise<number> {
    const done = deferred<number>();
    this.#waiting.push({ chunk, content, length: partsLength(content), done });
    this.#sendWaiting();
    return await done.promise;
  }

  #sendWaiting(): void {
    while (this.#waiting.length > 0 && this.#underWay < LIMITS.putBatches) {
      this.#underWay++;
      void this.#send(this.#nextBatch()).finally(() => {
        this.#underWay--;
        this.#sendWaiting();
      });
    }
  }

  #nextBatch(): readonly SmallPut[] {
    let count = 0;
    let bytes = 0;
    for (const { length } of this.#waiting) {
      bytes += length;
      if (count === DATA_LIMITS.storeBatchChunks) break;
      if (count > 0 && bytes > LIMITS.putBatchBytes) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #send(batch: readonly SmallPut[]): Promise<void> {
    try {
      const positions = batch.length > 1 ? await this.#putMany(batch) : [REFUSED];
      const alone = batch.filter((put, i) => {
        const position = positions[i] ?? REFUSED;
        if (position !== REFUSED) put.done.resolve(position);
        return position === REFUSED;
      });
      // What was refused is put by itself, which tells why.
      await Promise.all(alone.map((put) => this.#putAlone(put)));
    } catch (error) {
      this.#fail(batch, error);
    }
  }

  async #putMany(batch: readonly SmallPut[]): Promise<readonly number[]> {
    const chunks = batch.map(({ chunk: { file, hash }, length }) => ({ file, hash, length }));
    const content = batch.flatMap((put) => put.content);
    const params = { epoch: this.#epoch(), chunks, content };
    const { positions } = await this.#member.write((remote, signal) =>
      remote.putMany(params, { signal }),
    );
    return positions;
  }

  async #putAlone(put: SmallPut): Promise<void> {
    const { chunk, content, done } = put;
    const params = { epoch: this.#epoch(), chunk, content };
    try {
      const { position } = await this.#member.write((remote, signal) =>
        remote.put(params, { signal }),
      );
      done.resolve(position);
    } catch (error) {
      this.#fail([put], error);
    }
  }

  /** Nobody waits any longer for a server that was given up. */
  #fail(failed: readonly SmallPut[], error: unknown): void {
    const given = this.#member.acceptsWrites ? [] : this.#waiting.splice(0);
    for (const { done } of [...failed, ...given]) done.reject(error);
  }
}

/** In place of the position of a chunk that the store did not take. */
const REFUSED = -1;
