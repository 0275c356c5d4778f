import { SIMULATION_LIMITS } from '../cluster/simulation-limits.ts';
import { type LinearizeOptions, linearize } from './linearize.ts';
import { Namespace, isAtOrBelow } from './namespace.ts';
import { performedText, withShortHashes } from './operation-text.ts';
import { type Operation, type Performed, pathsOf } from './operation.ts';

/** Operations of a possible order that a reader is told of. */
const MOST_IN_ORDER = 12;
/** Directory time may be behind the world's by a little. */
const EXPIRY_SLACK = 0.9;

export interface Circumstances {
  /** Folders whose entries are judged by themselves. */
  readonly groups: readonly string[];
  /** What there was at the beginning. */
  readonly folders: readonly string[];
  /** From then on the trash may have been emptied early. */
  readonly trashMayGoMs: number;
}

/** What a history breaks (§P1, §P2, §P3, §P5), as texts for people; none if it is right. */
export function judgeHistory(
  operations: readonly Performed[],
  { groups, folders, trashMayGoMs }: Circumstances,
): { readonly violations: readonly string[]; readonly undecided: number } {
  /** What expired is gone, which the namespace does not know. */
  const mayRefuse: LinearizeOptions['mayRefuse'] = ({ operation, endedMs }, code) => {
    if (code !== 'not-found') return false;
    const { kind } = operation;
    // Nor does it know how long an older version is kept, nor which file an upload was meant for.
    if (kind === 'restore' || (kind === 'read' && operation.version !== undefined)) return true;
    if (kind !== 'undelete' && kind !== 'removeFromTrash') return false;
    const expired = endedMs - operation.deletedMs > SIMULATION_LIMITS.trashMs * EXPIRY_SLACK;
    return expired || endedMs > trashMayGoMs;
  };
  const violations: string[] = [];
  let undecided = 0;
  for (const group of groups) {
    const own = operations.filter(({ operation }) => isIn(operation, group));
    const there = ['/shared', ...folders.filter((folder) => isAtOrBelow(folder, group))];
    const begin = new Namespace(new Map(there.map((folder) => [folder, 'folder'])));
    const verdict = linearize(own, { begin, mayRefuse });
    if (verdict.kind === 'undecided') undecided++;
    if (verdict.kind !== 'violated') continue;
    const latest = verdict.longest.slice(-MOST_IN_ORDER);
    violations.push(
      [
        `No order of the operations on ${group} explains what they told.`,
        `  They can have come in this order: ${latest.map(({ id }) => id).join(', ') || 'none'}`,
        `  Then there is: ${withShortHashes(verdict.state.key)}`,
        ...verdict.stuck.map((performed) => `  Not next: ${performedText(performed)}`),
      ].join('\n'),
    );
  }
  return { violations, undecided };
}

/**
 * What empties the trash is judged with each folder by itself: there must be a moment for it in each,
 * which need not be the same in all.
 */
function isIn(operation: Operation, group: string): boolean {
  const [path] = pathsOf(operation);
  return path === undefined || isAtOrBelow(path, group);
}
