import type { RecordPosition, ScrubReport } from '@holdfast/contracts';
import { type Disk, fromUtf8, readWholeFile, utf8, writeFileAtomically } from '@holdfast/kernel';

/** A pass that is under way. */
export interface PassNotes {
  readonly startedMs: number;
  /** Of what there was when it began: what came since was verified as it was written. */
  readonly totalBytes: number;
  readBytes: number;
  damaged: number;
  /** Where it goes on; undefined: at the start. */
  at: RecordPosition | undefined;
}

interface Stored {
  readonly format: number;
  readonly pass?: PassNotes;
  readonly last?: ScrubReport['last'];
  readonly uncompared?: boolean;
}

const FORMAT = 1;

/** What scrubbing remembers over restarts. Losing it costs nothing but a pass from the start. */
export class ScrubNotes {
  readonly #disk: Disk;
  readonly #path: string;
  #stored: Stored = { format: FORMAT };

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  /** The last full pass. */
  get last(): ScrubReport['last'] {
    return this.#stored.last;
  }

  /** The store was not compared with the directory since the last full pass. */
  get uncompared(): boolean {
    return this.#stored.uncompared ?? false;
  }

  /** The pass that an earlier run had begun. */
  async load(): Promise<PassNotes | undefined> {
    this.#stored = (await this.#read()) ?? { format: FORMAT };
    return this.#stored.pass;
  }

  async savePass(pass: PassNotes): Promise<void> {
    await this.#write({ ...this.#stored, pass });
  }

  async setLast(last: NonNullable<ScrubReport['last']>): Promise<void> {
    await this.#write({ format: FORMAT, last, uncompared: true });
  }

  async setCompared(): Promise<void> {
    await this.#write({ ...this.#stored, uncompared: false });
  }

  async #read(): Promise<Stored | undefined> {
    try {
      const bytes = await readWholeFile(this.#disk, this.#path);
      const stored = bytes && (JSON.parse(fromUtf8(bytes)) as Stored);
      return stored?.format === FORMAT ? stored : undefined;
    } catch {
      // Damaged notes are no notes.
      return undefined;
    }
  }

  async #write(stored: Stored): Promise<void> {
    this.#stored = stored;
    await writeFileAtomically(this.#disk, this.#path, utf8(`${JSON.stringify(stored)}\n`));
  }
}
