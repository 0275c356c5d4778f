/** What clients of a simulation do. Paths are absolute; contents are named by their hash. */
export type Operation =
  | {
      readonly kind: 'write';
      readonly path: string;
      readonly content: string;
      readonly sizeBytes: number;
      readonly ifVersion?: number | undefined;
    }
  | {
      readonly kind: 'read';
      readonly path: string;
      /** An older version; the current one unless given. */
      readonly version?: number;
      /** The bytes from here to there; all unless given. */
      readonly range?: { readonly start: number; readonly end: number };
    }
  | { readonly kind: 'restore'; readonly path: string; readonly version: number }
  | { readonly kind: 'stat'; readonly path: string }
  | { readonly kind: 'list'; readonly path: string }
  | { readonly kind: 'makeFolder'; readonly path: string }
  | { readonly kind: 'remove'; readonly path: string }
  | {
      readonly kind: 'rename';
      readonly from: string;
      readonly to: string;
      readonly replace: boolean;
    }
  | {
      /** Brings it back, or removes it for good. */
      readonly kind: 'undelete' | 'removeFromTrash';
      readonly id: string;
      /** Where it was, and the earliest moment at which it can have been deleted. */
      readonly path: string;
      readonly deletedMs: number;
    }
  /** Removes all that was deleted for good, wherever it was. */
  | { readonly kind: 'emptyTrash' };

/** The paths that an operation names; none where it is about all. */
export function pathsOf(operation: Operation): readonly string[] {
  if (operation.kind === 'emptyTrash') return [];
  return operation.kind === 'rename' ? [operation.from, operation.to] : [operation.path];
}

/** An entry as a client saw it. A folder has version 0. */
export interface SeenEntry {
  readonly name: string;
  readonly version: number;
  readonly sizeBytes: number;
}

/** What an operation that succeeded told. */
export interface Answer {
  readonly version?: number;
  readonly content?: string;
  /** Where only a range was read: all contents of which that is the range. */
  readonly fits?: readonly string[];
  readonly sizeBytes?: number;
  readonly entries?: readonly SeenEntry[];
  readonly trashId?: string;
}

/**
 * `done`: it happened. `refused`: it did not, for a reason that lies in the directory's state.
 * `nothing`: it did not, and what it told says nothing of that state. `unknown`: it may have happened,
 * may yet happen, or not.
 */
export type Outcome =
  | { readonly kind: 'done'; readonly answer: Answer }
  | { readonly kind: 'refused' | 'nothing'; readonly code: string }
  | { readonly kind: 'unknown' };

/** An operation with its place in the order of all beginnings and ends. */
export interface Performed {
  /** Who does it, and the number of the operation among its own: `client-2.5`. */
  readonly id: string;
  readonly operation: Operation;
  readonly begun: number;
  readonly begunMs: number;
  /** Infinite for one whose outcome is unknown. */
  ended: number;
  endedMs: number;
  outcome: Outcome;
}
