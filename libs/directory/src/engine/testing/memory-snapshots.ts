import {
  HoldfastError,
  type JournalTail,
  type SnapshotStamp,
  type Snapshots,
} from '@holdfast/contracts';
import { assert } from '@holdfast/kernel';

/** Snapshots in memory, where what was finished is as good as synced. */
export class MemorySnapshots implements Snapshots {
  #found: { readonly stamp: SnapshotStamp; readonly pieces: Uint8Array[] }[] = [];
  #unfinished: { readonly base: JournalTail; readonly pieces: Uint8Array[] } | undefined;

  get all(): readonly SnapshotStamp[] {
    return this.#found.map(({ stamp }) => stamp);
  }

  async begin(base: JournalTail): Promise<void> {
    this.#unfinished = { base, pieces: [] };
  }

  async add(index: number, piece: Uint8Array): Promise<void> {
    const { pieces } = this.#begun();
    if (index === pieces.length) pieces.push(piece.slice());
  }

  async finish(stamp: SnapshotStamp): Promise<void> {
    const { base, pieces } = this.#begun();
    assert(pieces.length === stamp.pieces && base.number === stamp.base.number, 'all are there');
    const others = this.#found.filter((one) => one.stamp.base.number !== base.number);
    this.#found = [...others, { stamp, pieces }];
    this.#unfinished = undefined;
  }

  async read(stamp: SnapshotStamp, index: number): Promise<Uint8Array> {
    const found = this.#found.find((one) => one.stamp.base.number === stamp.base.number);
    const piece = found?.pieces[index];
    if (piece) return piece;
    throw new HoldfastError('damaged', `There is no piece ${index}.`);
  }

  async verifyStamp(): Promise<void> {}

  async discard(stamp: SnapshotStamp): Promise<void> {
    this.#found = this.#found.filter((one) => one.stamp.base.number !== stamp.base.number);
  }

  async forget(number: number): Promise<void> {
    const newest = this.#found.at(-1);
    this.#found = this.#found.filter((one) => one === newest || one.stamp.base.number >= number);
  }

  #begun(): { readonly base: JournalTail; readonly pieces: Uint8Array[] } {
    if (this.#unfinished) return this.#unfinished;
    throw new HoldfastError('invalid-argument', 'No snapshot was begun.');
  }
}
