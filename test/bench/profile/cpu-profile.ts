/** What V8's sampling profiler gives, as in a `.cpuprofile` file. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly endTime: number;
  readonly samples?: readonly number[];
  readonly timeDeltas?: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  readonly children?: readonly number[];
}

export interface CallFrame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** Time in one function. */
export interface HotSpot {
  readonly frame: CallFrame;
  /** In the function itself. */
  readonly selfMs: number;
  /** In it and in what it called. */
  readonly totalMs: number;
}

/** Sums up a profile by function. */
export function hotSpots(profile: CpuProfile): readonly HotSpot[] {
  const { nodes, samples = [], timeDeltas = [] } = profile;
  const selfMs = new Map<number, number>();
  samples.forEach((id, index) => {
    selfMs.set(id, (selfMs.get(id) ?? 0) + (timeDeltas[index] ?? 0) / 1000);
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const sums = new Map<string, { frame: CallFrame; selfMs: number; totalMs: number }>();
  const visit = (node: ProfileNode, above: ReadonlySet<string>): number => {
    const key = keyOf(node.callFrame);
    const own = selfMs.get(node.id) ?? 0;
    const inside = above.has(key) ? above : new Set(above).add(key);
    let total = own;
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child) total += visit(child, inside);
    }
    const sum = sums.get(key) ?? { frame: node.callFrame, selfMs: 0, totalMs: 0 };
    sum.selfMs += own;
    // A function below itself is part of its total already.
    if (!above.has(key)) sum.totalMs += total;
    sums.set(key, sum);
    return total;
  };
  const [root] = nodes;
  if (root) visit(root, new Set());
  return [...sums.values()].sort((a, b) => b.selfMs - a.selfMs);
}

function keyOf({ functionName, url, lineNumber, columnNumber }: CallFrame): string {
  return `${functionName} ${url}:${lineNumber}:${columnNumber}`;
}
