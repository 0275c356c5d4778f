import { type ChunkId, HoldfastError } from '@holdfast/contracts';
import { type Disk, DiskError, equalBytes, type LentParts, Semaphore } from '@holdfast/kernel';
import { BufferPool } from './buffer-pool.ts';
import type { IndexEntry } from './chunk-index.ts';
import { HASH_AT } from './chunk-key.ts';
import { roundDown, roundUp } from './format.ts';
import { frameBytes, type FrameSeal } from './frame.ts';
import { CHUNK_STORE_LIMITS } from './limits.ts';
import type { SegmentFiles } from './segment-files.ts';

/**
 * Reads chunks and verifies them. Small ones are copied out of memory that is kept; large ones stay
 * in what they were read into, which is lent: fresh memory, zeroed and mapped page by page, costs
 * more than the reading.
 */
export class ChunkReader {
  readonly #disk: Disk;
  readonly #files: SegmentFiles;
  readonly #seal: FrameSeal;
  readonly #small: BufferPool;
  readonly #largeBytes: number;
  readonly #largeTurns: Semaphore = new Semaphore(CHUNK_STORE_LIMITS.largeReads);
  readonly #returned: Uint8Array[] = [];

  /** `chunkBytes`: of the largest chunk. */
  constructor(disk: Disk, files: SegmentFiles, seal: FrameSeal, chunkBytes: number) {
    this.#disk = disk;
    this.#files = files;
    this.#seal = seal;
    const { smallFrameBytes, smallReads } = CHUNK_STORE_LIMITS;
    this.#small = new BufferPool(disk, smallFrameBytes, smallReads);
    this.#largeBytes = frameBytes(1, chunkBytes);
  }

  /** The chunk's bytes; undefined if they are not what its hash says, or cannot be read. */
  async read(key: Uint8Array, entry: IndexEntry): Promise<LentParts | undefined> {
    const content = await this.readUnverified(entry);
    return content && this.#isRight(key, content) ? content : undefined;
  }

  /** What is in the chunk's place; undefined if it cannot be read. */
  async readUnverified(entry: IndexEntry): Promise<LentParts | undefined> {
    const blockBytes = roundUp(entry.offset + entry.length) - roundDown(entry.offset);
    if (blockBytes <= CHUNK_STORE_LIMITS.smallFrameBytes) {
      return await this.#small.lend(async (buffer) => {
        const content = await this.#readInto(buffer, entry);
        return content && [content.slice()];
      });
    }
    return await this.#largeTurns.run(async () => {
      const fits = blockBytes <= this.#largeBytes;
      const kept = fits ? this.#returned.pop() : undefined;
      const buffer = kept ?? this.#disk.allocate(Math.max(blockBytes, this.#largeBytes));
      const content = await this.#readInto(buffer, entry);
      return content && this.#lent(content, buffer);
    });
  }

  /** Memory that came back is not kept for the next reads. */
  giveUpMemory(): void {
    this.#returned.length = 0;
  }

  #lent(content: Uint8Array, buffer: Uint8Array): LentParts {
    let lent = true;
    const giveBack = (): void => {
      if (lent && this.#returned.length < CHUNK_STORE_LIMITS.keptReadBuffers) {
        this.#returned.push(buffer);
      }
      lent = false;
    };
    return Object.assign([content], { [Symbol.dispose]: giveBack });
  }

  async #readInto(buffer: Uint8Array, entry: IndexEntry): Promise<Uint8Array | undefined> {
    const start = roundDown(entry.offset);
    const end = entry.offset - start + entry.length;
    const blocks = buffer.subarray(0, roundUp(end));
    const count = await this.#readBlocks(entry.segment, blocks, start);
    return count >= end ? blocks.subarray(entry.offset - start, end) : undefined;
  }

  #isRight(key: Uint8Array, content: LentParts): boolean {
    return equalBytes(this.#seal.hasher.hash(content), key.subarray(HASH_AT));
  }

  async #readBlocks(segment: number, target: Uint8Array, offset: number): Promise<number> {
    try {
      return await this.#files.use(segment, (file) => file.read(target, offset));
    } catch (error) {
      // A block that the disk cannot give back is a damaged one, and so is a file that is gone.
      if (error instanceof DiskError && ['io', 'not-found'].includes(error.code)) return 0;
      throw error;
    }
  }
}

export function damagedChunk(chunk: ChunkId): HoldfastError {
  return new HoldfastError(
    'damaged',
    `The chunk ${chunk.hash} of file ${chunk.file} is damaged in this store, which no longer ` +
      'serves it. Read it from another holder.',
    { details: { file: chunk.file, hash: chunk.hash } },
  );
}

export function noSuchChunk(chunk: ChunkId): HoldfastError {
  return new HoldfastError(
    'not-found',
    `This store does not have the chunk ${chunk.hash} of file ${chunk.file}.`,
    { details: { file: chunk.file, hash: chunk.hash } },
  );
}
