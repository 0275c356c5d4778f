import type { ChunkStore } from '@holdfast/contracts';
import type { SimulatedCluster } from '../cluster/simulated-cluster.ts';

const ALL = 1_000_000;
/** What a chunk takes besides its bytes: its record, or a frame of whole blocks where it has its own. */
const RECORD_BYTES = 64;
const FRAME_BYTES = 8_192;
const LARGEST_PACKED_BYTES = 65_536;
/** Dead bytes that may stay: a share of a segment, and in each segment what is not worth a compaction. */
const DEAD_SEGMENT_SHARE = 1 / 16;
const DEAD_BYTES_PER_SEGMENT = 20_480;
const MOST_DEAD_BYTES = 1_048_576;

/** Which stores take more than a tenth beyond what is needed, though nobody has used them for a while. */
export function whatTakesSpace(cluster: SimulatedCluster): readonly string[] {
  return cluster.servers.flatMap(({ name, store, segmentBytes }) => {
    if (!store) return [`${name} does not run`];
    const taken = store.usage.segmentBytes;
    const segments = 2 + Math.ceil(taken / segmentBytes);
    const dead = Math.min(MOST_DEAD_BYTES, DEAD_SEGMENT_SHARE * segmentBytes);
    const needed = neededBytes(store);
    const allowed = 1.1 * needed + dead + segments * DEAD_BYTES_PER_SEGMENT;
    return taken > allowed ? [`${name} takes ${taken} bytes for ${needed} that are needed.`] : [];
  });
}

function neededBytes(store: ChunkStore): number {
  return store
    .list(undefined, ALL)
    .map(({ length }) => length + (length > LARGEST_PACKED_BYTES ? FRAME_BYTES : RECORD_BYTES))
    .reduce((sum, bytes) => sum + bytes, 0);
}
