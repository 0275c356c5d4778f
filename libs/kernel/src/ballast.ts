import { type Disk, DiskError } from './disk.ts';
import { folderOf } from './atomic-file.ts';

/**
 * A file without meaning that holds space on a disk, to be given up when work that must go on finds
 * the disk full, and made again when there is space. Calls must not overlap.
 */
export class Ballast {
  readonly #disk: Disk;
  readonly #path: string;
  #bytes = 0;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  /** Bytes that it holds now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Takes over what an earlier run left. */
  async adopt(): Promise<void> {
    const folder = folderOf(this.#path);
    const entries = await this.#disk.list(folder);
    const own = this.#path.slice(folder === '' ? 0 : folder.length + 1);
    if (!entries.some(({ name }) => name === own)) return;
    await using file = await this.#disk.open(this.#path, { mode: 'read' });
    this.#bytes = await file.size();
  }

  /** Grows to `bytes`, a multiple of a block; stays as it is if there is too little space. */
  async grow(bytes: number): Promise<void> {
    const before = this.#bytes;
    try {
      await using file = await this.#disk.open(this.#path, { mode: 'create', direct: true });
      try {
        await file.preallocate(bytes);
        await file.sync();
        this.#bytes = bytes;
      } catch (error) {
        await file.truncate(before);
        throw error;
      }
    } catch (error) {
      if (!(error instanceof DiskError) || error.code !== 'no-space') throw error;
      if (before === 0) await this.giveUp();
    }
  }

  async giveUp(): Promise<void> {
    await this.#disk.unlink(this.#path);
    await this.#disk.syncFolder(folderOf(this.#path));
    this.#bytes = 0;
  }
}
