import { ClassicLevel } from 'classic-level';
import { levelError } from './level-error.ts';
import { ORDERED_MAP_LIMITS } from './limits.ts';

export type Level = ClassicLevel<Uint8Array, Uint8Array>;

/** What LevelDB may hold in memory; see `ORDERED_MAP_LIMITS`. */
export type LevelMemory = Record<'cacheBytes' | 'writeBufferBytes', number>;

/** Opens LevelDB in a folder, or begins an empty one. */
export async function openLevel(
  folder: string,
  { cacheBytes, writeBufferBytes }: LevelMemory = ORDERED_MAP_LIMITS,
): Promise<Level> {
  const level: Level = new ClassicLevel(folder, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    cacheSize: cacheBytes,
    writeBufferSize: writeBufferBytes,
  });
  try {
    await level.open();
    return level;
  } catch (error) {
    throw levelError(error, folder);
  }
}
