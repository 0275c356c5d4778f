import type { MapChange, SnapshotStamp, Snapshots } from '@holdfast/contracts';
import { keyText } from './keys.ts';
import { decodePiece } from './snapshot-piece.ts';

/** Pieces of snapshots, here or from wherever they are whole. */
export type PieceSource = Pick<Snapshots, 'read'>;

/** What a snapshot says, entry by entry in the order of their keys, with one piece in memory. */
export class SnapshotEntries {
  readonly #pieces: PieceSource;
  readonly #stamp: SnapshotStamp | undefined;
  readonly #onRead: (bytes: number) => Promise<void>;
  #piece: readonly MapChange[] = [];
  #at = 0;
  #index = 0;

  /** Without a stamp there is nothing. */
  constructor(
    pieces: PieceSource,
    stamp: SnapshotStamp | undefined,
    onRead: (bytes: number) => Promise<void>,
  ) {
    this.#pieces = pieces;
    this.#stamp = stamp;
    this.#onRead = onRead;
  }

  /** The next entry, if its key is less than `to`, which is a `keyText`. */
  async next(to: string): Promise<readonly [string, Uint8Array] | undefined> {
    while (this.#at === this.#piece.length) {
      if (!this.#stamp || this.#index === this.#stamp.pieces) return undefined;
      const bytes = await this.#pieces.read(this.#stamp, this.#index++);
      this.#piece = decodePiece(bytes);
      this.#at = 0;
      await this.#onRead(bytes.length);
    }
    const entry = this.#piece[this.#at];
    const text = entry && keyText(entry.key);
    if (!entry?.value || text === undefined || text >= to) return undefined;
    this.#at++;
    return [text, entry.value];
  }
}
