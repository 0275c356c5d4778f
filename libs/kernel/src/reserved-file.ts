import { readWholeFile, writeFileAtomically } from './atomic-file.ts';
import { Ballast } from './ballast.ts';
import { type Disk, DiskError } from './disk.ts';

/** Room for a new version of the file while the old one is there. */
const BALLAST_BYTES = 65_536;

/**
 * A small file that is replaced as a whole, on a full disk, too: room for that is put aside beside
 * it. Calls must not overlap.
 */
export class ReservedFile {
  readonly path: string;
  readonly #disk: Disk;
  readonly #ballast: Ballast;
  #adopted = false;

  constructor(disk: Disk, path: string) {
    this.path = path;
    this.#disk = disk;
    this.#ballast = new Ballast(disk, `${path}.ballast`);
  }

  /** Undefined if there is none. */
  async read(): Promise<Uint8Array | undefined> {
    return await readWholeFile(this.#disk, this.path);
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (!this.#adopted) await this.#ballast.adopt();
    this.#adopted = true;
    try {
      await writeFileAtomically(this.#disk, this.path, bytes);
    } catch (error) {
      const full = error instanceof DiskError && error.code === 'no-space';
      if (!full || this.#ballast.bytes === 0) throw error;
      await this.#ballast.giveUp();
      await writeFileAtomically(this.#disk, this.path, bytes);
    }
    if (this.#ballast.bytes < BALLAST_BYTES) await this.#ballast.grow(BALLAST_BYTES);
  }
}
