import { SIMULATION_LIMITS } from '../cluster/simulation-limits.ts';
import { type LinearizeOptions, linearize } from './linearize.ts';
import { Namespace, isAtOrBelow } from './namespace.ts';
import type { Operation, Performed } from './operation.ts';

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
    violations.push(
      [
        `No order of the operations on ${group} explains what they told.`,
        ...verdict.longest.slice(-12).map((performed) => `  ${text(performed)}`),
        `  then the state is ${verdict.state.key}`,
        ...verdict.stuck.map((performed) => `  and cannot come next: ${text(performed)}`),
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
  if (operation.kind === 'emptyTrash') return true;
  const path = operation.kind === 'rename' ? operation.from : operation.path;
  return isAtOrBelow(path, group);
}

function text({ id, client, operation, outcome, begun, ended }: Performed): string {
  return `#${id} [${begun}, ${ended}] ${client} ${JSON.stringify(operation)} ${JSON.stringify(outcome)}`;
}
