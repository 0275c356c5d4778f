import { EMPTY_TAIL, type Hasher } from '@holdfast/contracts';
import type { Disk } from '@holdfast/kernel';
import type { WindowMemory } from './block-window.ts';
import { readBeginning } from './beginning.ts';
import { damagedJournal, HEADER_BLOCK_BYTES, JOURNAL_FORMAT } from './format.ts';
import { Segment } from './segment.ts';
import { decodeSegmentHeader } from './segment-header.ts';
import { isSegmentName, segmentName, type SegmentSupply } from './segment-supply.ts';

export interface OpenSegmentsOptions {
  readonly disk: Disk;
  readonly memory: WindowMemory;
  readonly folder: string;
  readonly hasher: Hasher;
  readonly supply: SegmentSupply;
  readonly segmentBytes: number;
  readonly notice: (text: string) => void;
}

/**
 * The segments of a journal in order, the last one scanned and its torn tail cut; a first one where
 * there is none. Throws `damaged` where a segment is missing or broken. Segments before the last are
 * scanned when they are read.
 */
export async function openSegments(options: OpenSegmentsOptions): Promise<Segment[]> {
  const { supply, segmentBytes, notice } = options;
  await supply.adopt();
  const segments = await withoutOld(options, await present(options));
  const last = segments.at(-1);
  if (last === undefined) {
    return [await supply.take({ resets: 0, base: EMPTY_TAIL, segmentBefore: 0 })];
  }
  await last.scan();
  const cutBytes = await last.blankRest(segmentBytes);
  if (cutBytes > 0) {
    notice(`Cut a torn tail of ${cutBytes} bytes from ${last.path} at byte ${last.end}.`);
  }
  if (last.header.format === JOURNAL_FORMAT) return segments;
  notice(`The journal goes on in format ${JOURNAL_FORMAT}, from ${last.header.format} before.`);
  return [...segments, await supply.take(startAfter(last))];
}

/** Where the segment after `segment` begins. */
export function startAfter(segment: Segment): {
  resets: number;
  base: Segment['tail'];
  segmentBefore: number;
} {
  return { resets: segment.header.resets, base: segment.tail, segmentBefore: segment.first };
}

async function present(options: OpenSegmentsOptions): Promise<Segment[]> {
  const { disk, folder } = options;
  const entries = await disk.list(folder);
  const names = entries.map((entry) => entry.name).filter(isSegmentName);
  const newest = names.at(-1)?.slice(0, RESETS_PREFIX_LENGTH);
  const segments: Segment[] = [];
  for (const name of names) {
    // A journal that was begun anew leaves its old segments behind if a crash comes in between.
    if (newest !== undefined && name.startsWith(newest))
      segments.push(await openOne(options, name));
    else await disk.unlink(`${folder}/${name}`);
  }
  return segments;
}

const RESETS_PREFIX_LENGTH = 'journal-000000-'.length;

async function openOne(options: OpenSegmentsOptions, name: string): Promise<Segment> {
  const { disk, memory, folder, hasher } = options;
  const path = `${folder}/${name}`;
  await using file = await disk.open(path, { mode: 'read', direct: true });
  const block = disk.allocate(HEADER_BLOCK_BYTES);
  const count = await file.read(block, 0);
  const header = decodeSegmentHeader(hasher, block.subarray(0, count), path);
  if (segmentName(header) !== name) {
    throw damagedJournal(path, 0, `it is another file, once called ${segmentName(header)}.`);
  }
  return new Segment({ memory, hasher, path, header });
}

/** Ends a truncation that a crash cut short, and checks that nothing else is missing. */
async function withoutOld(
  { disk, folder, hasher }: OpenSegmentsOptions,
  present: readonly Segment[],
): Promise<Segment[]> {
  const beginning = await readBeginning({ disk, folder, hasher });
  const resets = present.at(-1)?.header.resets;
  const needed = beginning?.resets === resets ? (beginning?.first ?? 0) : 0;
  const segments = [...present];
  for (let old = dispensable(segments, needed); old; old = dispensable(segments, needed)) {
    await disk.unlink(old.path);
    segments.shift();
  }
  assertUnbroken(segments, needed);
  return segments;
}

/** The oldest segment, if all its records are before record `needed`. */
export function dispensable(segments: readonly Segment[], needed: number): Segment | undefined {
  const [oldest, next] = segments;
  return next !== undefined && next.first <= needed ? oldest : undefined;
}

/** Records before `needed` may be missing at the beginning. */
function assertUnbroken(segments: readonly Segment[], needed: number): void {
  const [oldest] = segments;
  let before = oldest && oldest.first <= needed ? oldest.header.segmentBefore : 0;
  for (const segment of segments) {
    if (segment.header.segmentBefore !== before) {
      const missing = `the file with records from ${segment.header.segmentBefore} on is missing.`;
      throw damagedJournal(segment.path, 0, missing);
    }
    before = segment.first;
  }
}
