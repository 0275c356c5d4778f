import type { Hasher } from '@holdfast/contracts';
import { type Disk, readWholeFile, writeFileAtomically } from '@holdfast/kernel';
import { assertKnownFormat, CHUNK_STORE_FORMAT } from './format.ts';
import { isThereWhole, sealJson, unsealJson } from './sealed-json.ts';

/** A segment as the catalogue knows it. */
export interface CataloguedSegment {
  readonly number: number;
  readonly firstSequence: number;
  /** The first position that no record before this segment has. */
  readonly firstPosition: number;
  /** Set once nothing is appended to it any more: what it must consist of. */
  readonly sealed?: { readonly bytes: number; readonly lastSequence: number };
}

/** The segments that a store consists of, in order; only the last one is written to. */
export interface Catalogue {
  readonly segments: readonly CataloguedSegment[];
  /** The segment that compaction has begun to empty. It is finished before any other is begun. */
  readonly emptying?: number;
}

/**
 * The list of segments, replaced as a whole when one is begun or removed. Through it a segment that
 * was lost is told from one that was removed.
 */
export class CatalogueFile {
  readonly #disk: Disk;
  readonly #hasher: Hasher;
  readonly #path: string;

  constructor(disk: Disk, hasher: Hasher, folder: string) {
    this.#disk = disk;
    this.#hasher = hasher;
    this.#path = `${folder}/catalogue`;
  }

  /** Undefined if there is none. Throws `damaged`, or `format-mismatch` for a newer format. */
  async read(): Promise<Catalogue | undefined> {
    const bytes = await readWholeFile(this.#disk, this.#path);
    if (bytes === undefined) return undefined;
    const stored = unsealJson(this.#hasher, this.#path, bytes) as Catalogue & { format: number };
    assertKnownFormat(this.#path, stored.format);
    return stored;
  }

  /** Whether the file is there and as it was written. */
  async isWhole(): Promise<boolean> {
    return await isThereWhole(() => this.read());
  }

  async write(catalogue: Catalogue): Promise<void> {
    const stored = { format: CHUNK_STORE_FORMAT, ...catalogue };
    await writeFileAtomically(this.#disk, this.#path, sealJson(this.#hasher, stored));
  }
}
