import { type FileId, HoldfastError, type StoreId } from '@holdfast/contracts';
import type { FilePlacement } from '@holdfast/directory';
import type { Members } from './members.ts';
import type { Placement, PlacementCandidate } from '@holdfast/placement';

/** Chooses the stores of a new file from the enrolled ones. */
export class FilePlacer {
  readonly #members: Members;
  readonly #placement: Placement;

  constructor(members: Members, placement: Placement) {
    this.#members = members;
    this.#placement = placement;
  }

  /** For a new file. */
  place(file: FileId, copies: number | 'all'): FilePlacement {
    return this.#choose(file, copies, []);
  }

  /**
   * For a file whose writer asks for another number of copies than it has; it keeps what it can. The
   * commit of the write gives it these stores: one that is refused changes nothing.
   */
  replace(file: FileId, present: FilePlacement, copies: number | undefined): FilePlacement {
    if (copies === undefined || copies === present.copies) return present;
    return this.#choose(file, copies, present.stores.slice(0, copies));
  }

  #choose(file: FileId, copies: number | 'all', kept: readonly StoreId[]): FilePlacement {
    const candidates = placementCandidates(this.#members);
    const stores = this.#placement.choose({ file, copies, candidates, kept });
    if (stores.length === 0) {
      throw new HoldfastError(
        'unavailable',
        'No server is enrolled yet. Start a server and try again.',
      );
    }
    return { stores, copies };
  }
}

/** The enrolled stores as a placement sees them. */
export function placementCandidates(members: Members): readonly PlacementCandidate[] {
  return members.all.map((member) => ({
    store: member.store,
    freeBytes: member.report?.freeBytes ?? 0,
    totalBytes: member.report?.totalBytes ?? 0,
    live: member.acceptsWrites,
    retiring: member.retiring,
  }));
}
