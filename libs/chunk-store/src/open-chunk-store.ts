import { type ChunkStore, DATA_LIMITS, type Hasher } from '@holdfast/contracts';
import { type Clock, type Disk, makeFolderDurably, type Random } from '@holdfast/kernel';
import { ChunkReader } from './chunk-reader.ts';
import { Compactor } from './compactor.ts';
import { FileChunkStore } from './file-chunk-store.ts';
import { roundUp } from './format.ts';
import type { RecordPlace } from './chunk-table.ts';
import type { FrameEntry, FrameSeal } from './frame.ts';
import { IdentityFile, newIdentity } from './identity.ts';
import { CHUNK_STORE_LIMITS } from './limits.ts';
import { openSegments } from './open-segments.ts';
import { RecordVerifier } from './record-verifier.ts';
import { SegmentFiles } from './segment-files.ts';
import { SegmentLog } from './segment-log.ts';
import { SpaceGuard } from './space-guard.ts';

export interface ChunkStoreOptions {
  readonly disk: Disk;
  /** The store's own folder, which is made if it is missing. */
  readonly folder: string;
  readonly hasher: Hasher;
  readonly random: Random;
  readonly clock: Clock;
  readonly segmentBytes?: number;
  /** Records in one segment. */
  readonly segmentEntries?: number;
  readonly chunkBytes?: number;
  /** Space on the disk below which new chunks are refused. */
  readonly reserveBytes?: number;
  readonly ballastBytes?: number;
  /** Chunks in quarantine that are remembered until somebody is told of them. */
  readonly untoldChunks?: number;
  /** Share of dead bytes from which a segment is compacted. */
  readonly deadFraction?: number;
  readonly compactionBytesPerSecond?: number;
  readonly compactionDelayMs?: number;
  /** Told in a sentence what was repaired or found damaged. */
  readonly notice?: (text: string) => void;
}

/**
 * Opens the store in a folder, or begins an empty one. Whatever an interrupted run left is put in
 * order; if anything acknowledged may be missing, the generation is higher afterwards. Rejects with
 * `damaged` if the identity is gone or broken, with `format-mismatch` if a newer program wrote it,
 * and with a `DiskError` of code `locked` if another process has it open.
 */
export async function openChunkStore(options: ChunkStoreOptions): Promise<ChunkStore> {
  await makeFolderDurably(options.disk, options.folder);
  const lock = await options.disk.lock(`${options.folder}/lock`);
  try {
    return await openLocked(options, lock);
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

async function openLocked(options: ChunkStoreOptions, lock: AsyncDisposable): Promise<ChunkStore> {
  const { disk, folder, hasher, random, clock, notice = () => {} } = options;
  const limits = { ...CHUNK_STORE_LIMITS, chunkBytes: DATA_LIMITS.chunkBytes, ...defined(options) };
  const segmentFolder = `${folder}/segments`;
  await makeFolderDurably(disk, segmentFolder);
  const identityFile = new IdentityFile(disk, hasher, folder);
  const known = await identityFile.read();
  if (known === undefined && (await disk.list(segmentFolder)).length > 0) {
    throw identityFile.missing();
  }
  let identity = known ?? newIdentity(random);
  if (known === undefined) await identityFile.write(identity);
  const seal: FrameSeal = { hasher, secret: identity.secret };
  const files = new SegmentFiles(disk, segmentFolder);
  const onForgotten = async (reason: string): Promise<void> => {
    // A store that is just made has nothing to forget.
    if (known === undefined) return;
    identity = { ...identity, generation: identity.generation + 1 };
    await identityFile.write(identity);
    notice(`The store is of generation ${identity.generation} now: ${reason}`);
  };
  const opened = await openSegments({
    ...{ disk, hasher, folder, segmentFolder, seal, files, notice, onForgotten },
  });
  const space = new SpaceGuard({ disk, folder, ...limits });
  await space.start();
  const segmentBytes = roundUp(options.segmentBytes ?? (await segmentBytesOn(disk)));

  const { segments, table } = opened;
  const reader = new ChunkReader(disk, files, seal, limits.chunkBytes);
  const store = new FileChunkStore(
    {
      ...{ hasher, identityFile, identity, files, segments, table, space, lock, notice, reader },
      chunkBytes: limits.chunkBytes,
      untoldChunks: limits.untoldChunks,
      quarantined: opened.lostFrames,
    },
    (onRefused) =>
      new SegmentLog(
        {
          ...{ disk, folder, seal, files, segments, onRefused },
          segmentBytes,
          segmentEntries: limits.segmentEntries,
          chunkBytes: limits.chunkBytes,
        },
        opened.start,
      ),
  );
  const shared = {
    ...{ disk, seal, files, segments, table, notice },
    underWay: (key: Uint8Array) => store.underWay(key),
    append: (record: FrameEntry, content: Uint8Array) => store.appendAgain(record, content),
    quarantine: (key: Uint8Array, place: RecordPlace) => store.quarantine(key, place),
  };
  const compactor = new Compactor({
    ...shared,
    clock,
    limits: { ...limits, idleDeadBytes: idleDeadBytes(segmentBytes) },
    uses: () => store.uses,
    beginSegment: () => store.beginSegment(),
    whileIdle: () => reader.giveUpMemory(),
  });
  store.setWorkers(() => compactor.stop(), new RecordVerifier({ ...shared, reader }));
  return store;
}

/**
 * Space comes back from a segment once the log has gone on to the next one, and by way of the reserve:
 * on a small disk segments must be small.
 */
async function segmentBytesOn(disk: Disk): Promise<number> {
  const { segmentBytes, smallestSegmentBytes, segmentShare } = CHUNK_STORE_LIMITS;
  const { totalBytes } = await disk.space();
  return Math.min(segmentBytes, Math.max(smallestSegmentBytes, totalBytes * segmentShare));
}

/** What an idle store keeps of dead bytes is little beside a segment, too. */
function idleDeadBytes(segmentBytes: number): number {
  const { idleDeadBytes: most, idleDeadSegmentShare } = CHUNK_STORE_LIMITS;
  return Math.min(most, segmentBytes * idleDeadSegmentShare);
}

/** Without the options that are not set, which would hide the limits. */
function defined(options: ChunkStoreOptions): Partial<ChunkStoreLimits> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

type ChunkStoreLimits = Record<
  | 'segmentBytes'
  | 'segmentEntries'
  | 'chunkBytes'
  | 'reserveBytes'
  | 'ballastBytes'
  | 'untoldChunks'
  | 'deadFraction'
  | 'compactionBytesPerSecond'
  | 'compactionDelayMs',
  number
>;
