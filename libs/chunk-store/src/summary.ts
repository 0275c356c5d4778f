import { type Disk, equalBytes, readWholeFile } from '@holdfast/kernel';
import { decodeEntry, encodeEntry, ENTRY_BYTES, type FrameEntry, type FrameSeal } from './frame.ts';

/** A record with the place of its bytes in its segment. */
export interface LocatedEntry {
  readonly entry: FrameEntry;
  readonly offset: number;
}

const LINE_BYTES: number = ENTRY_BYTES + 4;
const CHECKSUM_BYTES = 32;
const FIRST_LINES = 256;

/**
 * All records of one segment, gathered while it is written and kept beside it once it is full: the
 * checkpoint of the index. Opening reads these instead of going through the segments; one that is
 * missing or not whole is made again from its segment.
 */
export class Summary {
  readonly #segment: number;
  #bytes: Uint8Array = new Uint8Array(FIRST_LINES * LINE_BYTES);
  #count = 0;

  constructor(segment: number) {
    this.#segment = segment;
  }

  get count(): number {
    return this.#count;
  }

  add({ entry, offset }: LocatedEntry): void {
    const at = this.#count * LINE_BYTES;
    if (at === this.#bytes.length) this.#grow();
    encodeEntry(entry, this.#bytes, at);
    new DataView(this.#bytes.buffer).setUint32(at + ENTRY_BYTES, offset);
    this.#count++;
  }

  /** Without a sync: its checksum tells whether it can be used. */
  async write(disk: Disk, path: string, seal: FrameSeal): Promise<void> {
    const lines = this.#bytes.subarray(0, this.#count * LINE_BYTES);
    await using file = await disk.open(path, { mode: 'create' });
    await file.truncate(0);
    await file.write(checksum(seal, this.#segment, lines), 0);
    await file.write(lines, CHECKSUM_BYTES);
  }

  #grow(): void {
    const larger = new Uint8Array(2 * this.#bytes.length);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** The records of a summary; undefined if it is missing or not whole. */
export async function readSummary(
  disk: Disk,
  path: string,
  seal: FrameSeal,
  segment: number,
): Promise<Iterable<LocatedEntry> | undefined> {
  const bytes = await readWholeFile(disk, path).catch(() => undefined);
  if (bytes === undefined || bytes.length < CHECKSUM_BYTES) return undefined;
  const lines = bytes.subarray(CHECKSUM_BYTES);
  const expected = checksum(seal, segment, lines);
  return equalBytes(bytes.subarray(0, CHECKSUM_BYTES), expected) ? parse(lines) : undefined;
}

function checksum(seal: FrameSeal, segment: number, lines: Uint8Array): Uint8Array {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, segment);
  return seal.hasher.keyed(seal.secret, [number, lines]);
}

function* parse(lines: Uint8Array): Generator<LocatedEntry> {
  const view = new DataView(lines.buffer, lines.byteOffset, lines.length);
  for (let at = 0; at + LINE_BYTES <= lines.length; at += LINE_BYTES) {
    yield { entry: decodeEntry(lines, at), offset: view.getUint32(at + ENTRY_BYTES) };
  }
}
