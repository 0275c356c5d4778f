import { isUtf8 } from 'node:buffer';
import type { MapEntry, MapRange } from '@holdfast/contracts';
import { fromUtf8, utf8 } from '@holdfast/kernel';
import { ORDERED_MAP_LIMITS } from './limits.ts';
import type { Level } from './open-level.ts';

/** The entries of a range as they are stored, with their values still sealed. */
export async function scan(level: Level, range: MapRange): Promise<MapEntry[]> {
  const entries = range.textKeys ? await scanTexts(level, range) : undefined;
  return entries ?? (await scanBytes(level, range));
}

async function scanBytes(level: Level, range: MapRange): Promise<MapEntry[]> {
  const { from, to, limit, reverse = false } = range;
  const iterator = level.iterator({ gte: from, lt: to, limit, reverse, highWaterMarkBytes });
  const entries = await takeAll(iterator, limit);
  return entries.map(([key, sealed]) => [plain(key), sealed]);
}

/**
 * Has LevelDB give keys as text: an array of bytes of its own for each key takes longer than all the
 * rest of a scan. Undefined if there is a key that is no UTF-8.
 */
async function scanTexts(level: Level, range: MapRange): Promise<MapEntry[] | undefined> {
  const { from, to, limit, reverse = false } = range;
  if (!isUtf8(from) || !isUtf8(to)) return undefined;
  const iterator = level.iterator<string, Uint8Array>({
    gte: fromUtf8(from),
    lt: fromUtf8(to),
    limit,
    reverse,
    highWaterMarkBytes,
    keyEncoding: 'utf8',
  });
  const entries = await takeAll(iterator, limit);
  const keys = bytesOf(entries.map(([text]) => text));
  return keys && entries.map(([, sealed], i) => [keys[i] ?? NO_BYTES, sealed]);
}

const highWaterMarkBytes = ORDERED_MAP_LIMITS.scanBytes;
const NO_BYTES = new Uint8Array();
/** What a decoder of UTF-8 puts where it meets anything else. */
const NOT_TEXT = '\uFFFD';

/** The bytes of all texts, in one piece of memory where a character is a byte, as mostly it is. */
function bytesOf(texts: readonly string[]): Uint8Array[] | undefined {
  const joined = texts.join('');
  if (joined.includes(NOT_TEXT)) return undefined;
  const bytes = utf8(joined);
  if (bytes.length !== joined.length) return texts.map(utf8);
  let at = 0;
  return texts.map(({ length }) => bytes.subarray(at, (at += length)));
}

interface LevelIterator<K> {
  nextv(size: number): Promise<[K, Uint8Array][]>;
  close(): Promise<void>;
}

/** At most `limit` entries; unlike the iterator's own way it does not ask once more for the end. */
async function takeAll<K>(iterator: LevelIterator<K>, limit: number): Promise<[K, Uint8Array][]> {
  try {
    let taken = await iterator.nextv(limit);
    while (taken.length < limit) {
      const more = await iterator.nextv(limit - taken.length);
      if (more.length === 0) break;
      taken = [...taken, ...more];
    }
    return taken;
  } finally {
    // Nobody waits for this but the map's own closing.
    iterator.close().catch(() => {});
  }
}

/** Node's own kind of byte array gives its memory differently; callers get the plain kind. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
