import {
  type Disk,
  DISK_BLOCK_BYTES,
  DiskError,
  type DiskFile,
  equalBytes,
} from '@holdfast/kernel';
import { HASH_AT } from './chunk-key.ts';
import { roundDown, roundUp } from './format.ts';
import { claimedTableEnd, decodeFrame, type Frame, type FrameSeal, locate } from './frame.ts';
import { CHUNK_STORE_LIMITS } from './limits.ts';
import { SEGMENT_HEADER_BYTES } from './segment-header.ts';

/** Goes through the frames of one segment file. */
export class FrameReader {
  readonly #disk: Disk;
  readonly #file: DiskFile;
  readonly #segment: number;
  readonly #seal: FrameSeal;
  #window: Uint8Array;
  #start = 0;
  #filled = 0;

  constructor(disk: Disk, file: DiskFile, segment: number, seal: FrameSeal) {
    this.#disk = disk;
    this.#file = file;
    this.#segment = segment;
    this.#seal = seal;
    this.#window = disk.allocate(CHUNK_STORE_LIMITS.scanWindowBytes);
  }

  /** All whole frames from `from` on, in order; what lies between two of them is passed over. */
  async *frames(from: number = SEGMENT_HEADER_BYTES): AsyncGenerator<Frame> {
    const size = await this.#file.size();
    for (let offset = from; offset < size;) {
      const frame = await this.#frameAt(offset);
      const whole = frame !== undefined && offset + frame.bytes <= size;
      if (whole) yield frame;
      offset += whole ? frame.bytes : DISK_BLOCK_BYTES;
    }
  }

  /** Whether all chunks of a frame are there and have their hashes. */
  async contentIsWhole(frame: Frame): Promise<boolean> {
    for (const { entry, offset } of locate(frame)) {
      if (entry.length === 0) continue;
      const content = await this.content(offset, entry.length);
      if (content === undefined) return false;
      if (!equalBytes(this.#seal.hasher.hash([content]), entry.key.subarray(HASH_AT))) return false;
    }
    return true;
  }

  /** Bytes at a place, good until the next call; undefined if they cannot be read. */
  async content(offset: number, length: number): Promise<Uint8Array | undefined> {
    const start = roundDown(offset);
    const view = await this.#view(start, roundUp(offset + length) - start);
    return view.length < offset - start + length
      ? undefined
      : view.subarray(offset - start, offset - start + length);
  }

  async #frameAt(offset: number): Promise<Frame | undefined> {
    const place = { segment: this.#segment, offset };
    const block = await this.#view(offset, DISK_BLOCK_BYTES);
    const needed = claimedTableEnd(block);
    if (needed === 0 || needed > CHUNK_STORE_LIMITS.smallFrameBytes) return undefined;
    return decodeFrame(this.#seal, place, await this.#view(offset, roundUp(needed)));
  }

  async #view(offset: number, bytes: number): Promise<Uint8Array> {
    if (offset < this.#start || offset + bytes > this.#start + this.#filled) {
      if (bytes > this.#window.length) this.#window = this.#disk.allocate(roundUp(bytes));
      this.#start = offset;
      this.#filled = 0;
      this.#filled = await this.#read(offset);
    }
    const from = offset - this.#start;
    return this.#window.subarray(from, Math.max(from, Math.min(from + bytes, this.#filled)));
  }

  /** Blocks that the disk cannot read are passed over like others that are damaged. */
  async #read(offset: number): Promise<number> {
    try {
      return await this.#file.read(this.#window, offset);
    } catch (error) {
      if (!(error instanceof DiskError) || error.code !== 'io') throw error;
      const block = this.#window.subarray(0, DISK_BLOCK_BYTES);
      return await this.#file.read(block, offset).catch(() => 0);
    }
  }
}
