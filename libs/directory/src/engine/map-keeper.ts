import {
  EMPTY_TAIL,
  HoldfastError,
  type Journal,
  type JournalRecord,
  type JournalTail,
  type MapChange,
  type OrderedMap,
  type SnapshotStamp,
  type Snapshots,
  isHoldfastError,
  tailOf,
} from '@holdfast/contracts';
import { equalBytes, fromHex, fromUtf8, toHex, utf8 } from '@holdfast/kernel';
import { type CommitPayload, decodePayload } from './commit-payload.ts';
import { type CounterValue, decodeCounter, encodeCounter } from './counter-value.ts';
import { engineKey } from './keys.ts';
import { ENGINE_LIMITS } from './limits.ts';
import type { JournalSource } from './records-between.ts';
import type { PieceSource } from './snapshot-entries.ts';
import { decodePiece } from './snapshot-piece.ts';
import { usableSnapshots } from './usable-snapshots.ts';

/** The last commit that was put into the map. */
const APPLIED_KEY = engineKey('applied');
/** The last commit that a power cut cannot take out of the map, nor any before it. */
const PERSISTED_KEY = engineKey('persisted');

/** Whether a key belongs to the map itself, and says nothing about the directory. */
export function isMark(key: Uint8Array): boolean {
  return equalBytes(key, APPLIED_KEY) || equalBytes(key, PERSISTED_KEY);
}

/** How far the map is. */
export interface Mark {
  readonly tail: JournalTail;
  /** Directory time of that commit. */
  readonly timeMs: number | undefined;
}

const NOTHING: Mark = { tail: EMPTY_TAIL, timeMs: undefined };

/** A commit on its way into the map. */
export interface Applicable extends CommitPayload {
  readonly record: JournalRecord;
}

/**
 * Puts commits into the map, which is written without waiting for the disk: a power cut may take
 * away any of the batches since the map was last persisted, and keep later ones. So a start replays
 * the journal from there. Doing that twice does no harm: keys end at their last values, and a
 * counter says up to which commit it has counted.
 */
export class MapKeeper {
  readonly #map: OrderedMap;
  #applied: Mark = NOTHING;
  readonly #persistBytes: number;
  readonly #snapshots: Snapshots | undefined;
  #unpersistedBytes = 0;
  /** How often the map was begun anew. */
  timesBegun = 0;

  /** The map is persisted each time `persistBytes` of commits were put into it. */
  constructor(
    map: OrderedMap,
    {
      snapshots,
      persistBytes = ENGINE_LIMITS.unpersistedBytes,
    }: { readonly snapshots?: Snapshots | undefined; readonly persistBytes?: number | undefined },
  ) {
    this.#map = map;
    this.#snapshots = snapshots;
    this.#persistBytes = persistBytes;
  }

  /** The last commit in the map. */
  get applied(): Mark {
    return this.#applied;
  }

  /** The number of the last commit in the map. */
  get number(): number {
    return this.#applied.tail.number;
  }

  /** Directory time of the last commit in the map. */
  get timeMs(): number | undefined {
    return this.#applied.timeMs;
  }

  /**
   * Brings the map to where the journal is. A map that is no state of this journal, or is damaged,
   * is begun anew.
   */
  async restore(journal: Journal): Promise<void> {
    const mark = await this.#persisted(journal);
    if (mark) this.#applied = mark;
    else await this.#beginAnew(journal);
    await this.#replay(journal, journal.tail.number);
  }

  /** Begins the map anew, up to the commit where it was. */
  async rebuild(journal: JournalSource, pieces?: PieceSource): Promise<void> {
    const upTo = this.number;
    await this.#beginAnew(journal, pieces);
    await this.#replay(journal, upTo);
  }

  /** Begins the map anew with what a snapshot says; it is whole once the journal was replayed. */
  async beginFrom(
    stamp: SnapshotStamp,
    pieces: PieceSource | undefined = this.#snapshots,
  ): Promise<void> {
    await this.#clear();
    for (let index = 0; index < stamp.pieces; index++) {
      const piece = await pieces?.read(stamp, index);
      if (piece) await this.#map.apply(decodePiece(piece));
    }
    const mark = { tail: stamp.base, timeMs: stamp.timeMs };
    await this.#map.apply([{ key: APPLIED_KEY, value: encodeMark(mark) }]);
    this.#applied = mark;
  }

  /** Puts the records that follow into the map. */
  async append(records: readonly JournalRecord[]): Promise<void> {
    const commits = records.map((record) => ({ ...decodePayload(record.payload), record }));
    await this.put(commits, await this.sumCounters(commits));
  }

  /** The values that counters will have after these commits. */
  async sumCounters(commits: readonly Applicable[]): Promise<Map<string, CounterValue>> {
    const names = new Set(commits.flatMap(({ changes }) => [...changes.adds.keys()]));
    const sums = new Map<string, CounterValue>();
    for (const name of names) {
      const stored = decodeCounter(await this.#map.get(engineKey('counter', name)));
      let { value, upTo } = stored;
      for (const { record, changes } of commits) {
        if (record.number <= stored.upTo) continue;
        value += changes.adds.get(name) ?? 0;
        upTo = record.number;
      }
      sums.set(name, { value, upTo });
    }
    return sums;
  }

  /** Puts commits into the map at once, together with the number of the last one. */
  async put(
    commits: readonly Applicable[],
    counters: ReadonlyMap<string, CounterValue>,
  ): Promise<void> {
    const last = commits.at(-1);
    if (!last) return;
    const changes: MapChange[] = [];
    for (const commit of commits) {
      changes.push(...commit.changes.writes.values());
      this.#unpersistedBytes += commit.record.payload.length;
    }
    for (const [name, value] of counters) {
      changes.push({ key: engineKey('counter', name), value: encodeCounter(value) });
    }
    const applied = { tail: tailOf(last.record), timeMs: last.timeMs };
    changes.push({ key: APPLIED_KEY, value: encodeMark(applied) });
    await this.#map.apply(changes);
    this.#applied = applied;
    if (this.#unpersistedBytes >= this.#persistBytes) await this.persist();
  }

  /** Sees to it that replay begins here. */
  async persist(): Promise<void> {
    this.#unpersistedBytes = 0;
    const mark = this.#applied;
    await this.#map.persist();
    await this.#map.apply([{ key: PERSISTED_KEY, value: encodeMark(mark) }]);
  }

  async #clear(): Promise<void> {
    this.timesBegun++;
    await this.#map.clear();
    this.#applied = NOTHING;
  }

  /** With the newest snapshot that is whole, or with nothing. */
  async #beginAnew(journal: JournalSource, pieces?: PieceSource): Promise<void> {
    for (const stamp of await usableSnapshots(this.#snapshots, journal)) {
      try {
        return await this.beginFrom(stamp, pieces);
      } catch (error) {
        if (!isHoldfastError(error, 'damaged')) throw error;
      }
    }
    await this.#clear();
  }

  async #replay(journal: JournalSource, upTo: number): Promise<void> {
    while (this.number < upTo) {
      const next = this.number + 1;
      const read = next < journal.first ? [] : await journal.read(next, ENGINE_LIMITS.readBytes);
      const records = read.filter(({ number }) => number <= upTo);
      if (records[0]?.number !== next) {
        throw new HoldfastError(
          'damaged',
          `The journal does not have record ${next}, which the directory needs. ` +
            'Run `holdfast rebuild` to make it anew from what the stores hold.',
        );
      }
      await this.append(records);
    }
  }

  /** From where to replay; undefined if the map is damaged or is no state of this journal. */
  async #persisted(journal: Journal): Promise<Mark | undefined> {
    try {
      const applied = await this.#readMark(APPLIED_KEY, journal);
      return applied && (await this.#readMark(PERSISTED_KEY, journal));
    } catch (error) {
      if (isHoldfastError(error, 'damaged')) return undefined;
      throw error;
    }
  }

  async #readMark(key: Uint8Array, journal: Journal): Promise<Mark | undefined> {
    const bytes = await this.#map.get(key);
    const mark = bytes && decodeMark(bytes);
    if (!mark || mark.tail.number > journal.tail.number) return undefined;
    const hash = await journal.hashOf(mark.tail.number);
    return hash && equalBytes(hash, mark.tail.hash) ? mark : undefined;
  }
}

/** The format's number comes first, as everywhere. */
function encodeMark({ tail, timeMs }: Mark): Uint8Array {
  return utf8(JSON.stringify([1, tail.epoch, tail.number, toHex(tail.hash), timeMs]));
}

function decodeMark(bytes: Uint8Array): Mark | undefined {
  const parsed: unknown = JSON.parse(fromUtf8(bytes));
  if (!Array.isArray(parsed) || parsed[0] !== 1) return undefined;
  const [, epoch, number, hash, timeMs] = parsed as [1, number, number, string, number];
  return { tail: { epoch, number, hash: fromHex(hash) }, timeMs };
}
