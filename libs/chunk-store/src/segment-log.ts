import type { HoldfastError } from '@holdfast/contracts';
import {
  type ByteParts,
  copyParts,
  deferred,
  type Deferred,
  type Disk,
  reached,
} from '@holdfast/kernel';
import { BufferPool } from './buffer-pool.ts';
import { roundUp } from './format.ts';
import {
  encodeFrame,
  type Frame,
  frameBytes,
  type FrameEntry,
  type FrameSeal,
  locate,
  tableEnd,
} from './frame.ts';
import { CHUNK_STORE_LIMITS } from './limits.ts';
import { fullDisk, isNoSpace, poisonedStore } from './refusals.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { SegmentSet } from './segment-set.ts';
import { Summary } from './summary.ts';

/** A record on its way to the disk. */
export interface LogRequest extends FrameEntry {
  readonly content: ByteParts;
  /** Called once the record is on stable storage, in order of the log, before `done` resolves. */
  readonly install: (place: { readonly segment: number; readonly offset: number }) => void;
  readonly done: Deferred<void>;
}

interface FrameUnderWay {
  readonly frame: Frame;
  readonly requests: readonly LogRequest[];
  readonly small: boolean;
  state: 'writing' | 'written' | 'failed';
  settled: Promise<void>;
}

/** Where the log goes on. */
export interface LogStart {
  readonly offset: number;
  readonly lastSequence: number;
  readonly nextPosition: number;
  readonly summary: Summary;
}

export interface SegmentLogParts {
  readonly disk: Disk;
  readonly folder: string;
  readonly seal: FrameSeal;
  readonly files: SegmentFiles;
  readonly segments: SegmentSet;
  readonly segmentBytes: number;
  /** Records in one segment. */
  readonly segmentEntries: number;
  /** Bytes of the largest chunk. */
  readonly chunkBytes: number;
  /** Everything that was submitted and not installed has been refused: the disk is full. */
  readonly onRefused: () => void;
}

/**
 * Appends records to the active segment. Small ones that wait together share a frame; several
 * frames are written at once; one sync serves all frames that are written when it begins. Records
 * become durable in the order in which they were submitted, so what was acknowledged is always a
 * prefix of the log.
 */
export class SegmentLog {
  readonly #parts: SegmentLogParts;
  readonly #small: BufferPool;
  readonly #large: BufferPool;
  readonly #queue: LogRequest[] = [];
  /** In order of the log; the first ones become durable first. */
  readonly #underWay: FrameUnderWay[] = [];
  #active: number;
  #offset: number;
  #sequence: number;
  #durableSequence: number;
  #nextPosition: number;
  #durablePosition: number;
  #summary: Summary;
  #halted = false;
  #marked = false;
  #syncing: Promise<void> | undefined;
  #pumpSoon = false;
  #idle: Deferred<void> | undefined;
  #poison: HoldfastError | undefined;

  constructor(parts: SegmentLogParts, start: LogStart) {
    this.#parts = parts;
    const largestBytes = frameBytes(1, parts.chunkBytes);
    this.#small = new BufferPool(
      parts.disk,
      CHUNK_STORE_LIMITS.smallFrameBytes,
      CHUNK_STORE_LIMITS.smallFrames,
    );
    this.#large = new BufferPool(parts.disk, largestBytes, CHUNK_STORE_LIMITS.largeFrames);
    this.#active = parts.segments.active.number;
    this.#offset = start.offset;
    this.#sequence = start.lastSequence;
    this.#durableSequence = start.lastSequence;
    this.#nextPosition = start.nextPosition;
    this.#durablePosition = start.nextPosition - 1;
    this.#summary = start.summary;
  }

  /** The highest position on stable storage. */
  get position(): number {
    return this.#durablePosition;
  }

  get poison(): HoldfastError | undefined {
    return this.#poison;
  }

  /** Queues a record, whose position must be higher than any before it, or an old one in a move. */
  submit(request: LogRequest): void {
    if (this.#poison !== undefined) throw this.#poison;
    this.#queue.push(request);
    if (this.#pumpSoon) return;
    // Whoever submits in this turn of the loop shares the frame.
    this.#pumpSoon = true;
    queueMicrotask(() => {
      this.#pumpSoon = false;
      this.#pump();
    });
  }

  /** Waits until nothing is queued or under way. */
  async idle(): Promise<void> {
    while (this.#busy) {
      this.#idle ??= deferred();
      await this.#idle.promise;
    }
  }

  /**
   * Writes an empty frame, which tells the next opening that everything before it was on stable
   * storage, so that damage to the last records is not taken for a torn tail.
   */
  async mark(): Promise<void> {
    await this.idle();
    if (this.#marked || this.#poison !== undefined) return;
    this.#startFrame([], true);
    await this.idle();
  }

  /** Seals the active segment, so that it can be compacted, unless something is being written. */
  async beginNext(): Promise<void> {
    if (this.#busy || this.#poison !== undefined) return;
    this.#roll();
    await this.idle();
  }

  get #busy(): boolean {
    return this.#queue.length > 0 || this.#underWay.length > 0 || this.#halted;
  }

  #pump(): void {
    while (this.#queue.length > 0 && !this.#halted && this.#poison === undefined) {
      const requests = this.#nextRequests();
      if (requests === undefined) break;
      this.#queue.splice(0, requests.length);
      this.#startFrame(requests, isSmall(requests[0]));
    }
    if (this.#busy) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  /** The records that the next frame can hold; undefined if none can be begun now. */
  #nextRequests(): LogRequest[] | undefined {
    const [head] = this.#queue;
    if (head === undefined) return undefined;
    const requests = isSmall(head) ? this.#packed() : [head];
    const bytes = frameBytes(requests.length, contentBytes(requests));
    const entries = this.#summary.count + this.#entriesUnderWay() + requests.length;
    // A frame that is larger than a segment has one to itself.
    const isFresh = entries === requests.length;
    const fits = isFresh || this.#offset + bytes <= this.#parts.segmentBytes;
    if (!fits || entries > this.#parts.segmentEntries) {
      if (this.#underWay.length === 0) this.#roll();
      return undefined;
    }
    if (isSmall(head)) return this.#mayStartSmall() ? requests : undefined;
    return this.#large.available ? requests : undefined;
  }

  /** One small frame at a time: what comes meanwhile shares the next one. */
  #mayStartSmall(): boolean {
    return !this.#underWay.some((frame) => frame.small) && this.#small.available;
  }

  #packed(): LogRequest[] {
    const requests: LogRequest[] = [];
    let bytes = 0;
    for (const request of this.#queue) {
      if (!isSmall(request) || requests.length === CHUNK_STORE_LIMITS.frameEntries) break;
      bytes += request.length;
      if (frameBytes(requests.length + 1, bytes) > CHUNK_STORE_LIMITS.smallFrameBytes) break;
      requests.push(request);
    }
    return requests;
  }

  #entriesUnderWay(): number {
    return this.#underWay.reduce((sum, { requests }) => sum + requests.length, 0);
  }

  #startFrame(requests: readonly LogRequest[], small: boolean): void {
    const pool = small ? this.#small : this.#large;
    const buffer = pool.take();
    const frame = this.#nextFrame(requests);
    let at = tableEnd(requests.length);
    for (const request of requests) at = copyParts(request.content, buffer, at);
    buffer.fill(0, at, frame.bytes);
    encodeFrame(this.#parts.seal, frame, buffer);
    const underWay: FrameUnderWay = {
      frame,
      requests,
      small,
      state: 'writing',
      settled: Promise.resolve(),
    };
    this.#underWay.push(underWay);
    underWay.settled = this.#write(underWay, buffer.subarray(0, frame.bytes)).finally(() => {
      pool.giveBack(buffer);
      this.#sync();
      this.#pump();
    });
  }

  #nextFrame(requests: readonly LogRequest[]): Frame {
    const bytes = frameBytes(requests.length, contentBytes(requests));
    for (const { position } of requests) {
      this.#nextPosition = Math.max(this.#nextPosition, position + 1);
    }
    this.#sequence++;
    this.#marked = requests.length === 0;
    const frame = {
      segment: this.#active,
      offset: this.#offset,
      bytes,
      sequence: this.#sequence,
      durableSequence: this.#durableSequence,
      nextPosition: this.#nextPosition,
      entries: requests,
    };
    this.#offset += bytes;
    return frame;
  }

  async #write(underWay: FrameUnderWay, bytes: Uint8Array): Promise<void> {
    const { segment, offset } = underWay.frame;
    try {
      await this.#parts.files.use(segment, (file) => file.write(bytes, offset));
      POINT: reached('chunk.appended', kindsOf([underWay]));
      underWay.state = 'written';
    } catch (error) {
      underWay.state = 'failed';
      if (!isNoSpace(error)) this.#fail(error);
      else if (!this.#halted) this.#halt(() => this.#undo(error));
    }
  }

  /** Syncs as long as the first frames under way are written. */
  #sync(): void {
    if (this.#syncing !== undefined || this.#poison !== undefined) return;
    const first = this.#underWay.findIndex(({ state }) => state !== 'written');
    const count = first < 0 ? this.#underWay.length : first;
    if (count === 0) return;
    this.#syncing = this.#parts.files
      .use(this.#active, (file) => file.sync())
      .then(() => this.#acknowledge(count))
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#syncing = undefined;
        this.#sync();
        this.#pump();
      });
  }

  #acknowledge(count: number): void {
    POINT: reached('chunk.synced', kindsOf(this.#underWay.slice(0, count)));
    for (const { frame, requests } of this.#underWay.splice(0, count)) {
      this.#durableSequence = frame.sequence;
      this.#durablePosition = frame.nextPosition - 1;
      this.#parts.segments.setBytes(frame.segment, frame.offset + frame.bytes);
      let i = 0;
      for (const located of locate(frame)) {
        this.#summary.add(located);
        const request = requests[i++];
        request?.install({ segment: frame.segment, offset: located.offset });
        request?.done.resolve();
      }
    }
  }

  /** Runs `task` while no frame is begun. */
  #halt(task: () => Promise<void>): void {
    this.#halted = true;
    task()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#halted = false;
        this.#pump();
      });
  }

  /**
   * The disk was full for one frame. Those before it become durable; it and all behind it are
   * refused and cut off again, so that nothing refused can ever come back.
   */
  async #undo(cause: unknown): Promise<void> {
    await Promise.all(this.#underWay.map(({ settled }) => settled));
    while (this.#syncing !== undefined) await this.#syncing;
    const [first] = this.#underWay;
    if (first === undefined || this.#poison !== undefined) return;
    await this.#parts.files.use(this.#active, async (file) => {
      await file.truncate(first.frame.offset);
      await file.sync();
    });
    this.#offset = first.frame.offset;
    this.#sequence = this.#durableSequence;
    this.#nextPosition = this.#durablePosition + 1;
    this.#refuseAll(fullDisk(cause));
  }

  #roll(): void {
    this.#halt(async () => {
      try {
        await this.#beginSegment();
      } catch (error) {
        if (!isNoSpace(error)) throw error;
        this.#refuseAll(fullDisk(error));
      }
    });
  }

  async #beginSegment(): Promise<void> {
    const { segments, files, disk, seal } = this.#parts;
    const full = this.#active;
    const next = await segments.begin(this.#sequence + 1, this.#nextPosition);
    POINT: reached('segment.begun');
    // Without it the next opening takes longer, and nothing else.
    await this.#summary.write(disk, files.summaryPath(full), seal).catch(() => {});
    POINT: reached('segment.sealed');
    this.#active = next.number;
    this.#offset = roundUp(next.bytes);
    this.#summary = new Summary(next.number);
  }

  #refuseAll(reason: HoldfastError): void {
    const refused = this.#underWay.splice(0).flatMap(({ requests }) => requests);
    refused.push(...this.#queue.splice(0));
    for (const request of refused) request.done.reject(reason);
    this.#parts.onRefused();
  }

  /** After a failed write or sync nothing is known of what is on the disk: no write any more. */
  #fail(cause: unknown): void {
    this.#poison ??= poisonedStore(this.#parts.folder, cause);
    this.#refuseAll(this.#poison);
  }
}

function isSmall(request: LogRequest | undefined): boolean {
  return request !== undefined && request.length <= CHUNK_STORE_LIMITS.smallChunkBytes;
}

function kindsOf(frames: readonly FrameUnderWay[]): string[] {
  return frames.flatMap(({ requests }) => requests.map(({ kind }) => kind));
}

function contentBytes(requests: readonly LogRequest[]): number {
  return requests.reduce((sum, { length }) => sum + length, 0);
}
