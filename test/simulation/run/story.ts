import { performedText, withShortHashes } from '../check/operation-text.ts';
import { type Performed, pathsOf } from '../check/operation.ts';
import type { SimulationResult } from '../simulate.ts';
import { type TranscriptLine, lineText, secondsText } from '../transcript.ts';
import { GROUPS } from '../workload/shared-workload.ts';

/** Lines, so that all of it fits on a page. */
const MOST_MOMENTS = 30;
const MOST_WRONG = 7;
const MOST_CHARACTERS = 160;
const MOST_WRONG_CHARACTERS = 400;
const STACK_FRAME = '    at ';
const OPERATION_ID = /client-[0-9]+\.[0-9]+/g;

/** Something that happened. Of too many, the earliest of the least important go first. */
interface Moment {
  readonly atMs: number;
  readonly endedMs: number;
  readonly text: string;
  readonly importance: number;
}

/**
 * What led to a broken promise, on a page: what was done to the cluster, the operations in the folders
 * in question, what the parts had to say, each thing once, and what is wrong.
 */
export function storyOf({ lines, performed, violations }: SimulationResult): readonly string[] {
  const wrong = violations
    .flatMap((violation) => `VIOLATED: ${violation}`.split('\n'))
    .filter((line) => !line.startsWith(STACK_FRAME));
  const inQuestion = performed.filter(({ operation }) => isInQuestion(operation, violations));
  const named = new Set(wrong.join().match(OPERATION_ID));
  const operations = inQuestion.map((one) => momentOf(one, named.has(one.id)));
  const events = [...operations, ...eventsOf(lines)];
  const firstMs = Math.min(...events.map(({ atMs }) => atMs));
  const moments = [...events, ...reportsOf(lines).filter(({ atMs }) => atMs >= firstMs)];
  // What came after the operations that contradict each other cannot have led to it.
  const lastMs = Math.max(...operations.filter(({ importance }) => importance > 2).map(endOf));
  const told = moments.filter(({ atMs }) => named.size === 0 || atMs <= lastMs);
  const kept = mostImportant(told).sort((a, b) => a.atMs - b.atMs);
  const left = told.length - kept.length;
  return [
    ...kept.map((moment, i) => momentText(moment, kept[i + 1])),
    ...(left > 0 ? [`${left} lines are left out, of what seemed less important.`] : []),
    ...wrong.slice(0, MOST_WRONG).map((line) => shortened(line, MOST_WRONG_CHARACTERS)),
    ...(wrong.length > MOST_WRONG ? [`${wrong.length - MOST_WRONG} more lines of this.`] : []),
  ];
}

/** Folders are judged by themselves, so what was done in others is a distraction. */
export function isInQuestion(
  operation: Performed['operation'],
  violations: readonly string[],
): boolean {
  const groups = GROUPS.filter((group) => violations.some((text) => text.includes(group)));
  const paths = pathsOf(operation);
  if (groups.length === 0 || paths.length === 0) return true;
  return paths.some((path) => groups.some((group) => path.startsWith(group)));
}

function momentOf(performed: Performed, isNamed: boolean): Moment {
  const { begunMs: atMs, endedMs } = performed;
  return { atMs, endedMs, text: performedText(performed), importance: isNamed ? 3 : 1 };
}

function eventsOf(lines: readonly TranscriptLine[]): readonly Moment[] {
  return lines
    .filter(({ kind }) => kind === 'event')
    .map(({ atMs, text }) => ({ atMs, endedMs: atMs, text, importance: 2 }));
}

/** What a part says again and again, with other numbers, is told once. */
function reportsOf(lines: readonly TranscriptLine[]): readonly Moment[] {
  const said = new Map<string, TranscriptLine[]>();
  for (const line of lines.filter(({ kind }) => kind === 'report')) {
    const text = line.text.replaceAll(/[0-9]+/g, '');
    said.set(text, [...(said.get(text) ?? []), line]);
  }
  return [...said.values()].flatMap(([first, ...again]) => {
    if (!first) return [];
    const { atMs } = first;
    const times = again.length > 0 ? `(${again.length + 1} times) ` : '';
    return [{ atMs, endedMs: atMs, text: `${times}${first.text}`, importance: 0 }];
  });
}

function mostImportant(moments: readonly Moment[]): Moment[] {
  return moments
    .toSorted((a, b) => b.importance - a.importance || b.atMs - a.atMs)
    .slice(0, MOST_MOMENTS);
}

/** When it ended matters only if something else began before that. */
function momentText({ atMs, endedMs, text }: Moment, next: Moment | undefined): string {
  const overlaps = next && endedMs > next.atMs && endedMs !== Infinity;
  const line = lineText({ atMs, text: shortened(text, MOST_CHARACTERS) });
  return overlaps ? `${line} (until ${secondsText(endedMs)})` : line;
}

function endOf({ atMs, endedMs }: Moment): number {
  return endedMs === Infinity ? atMs : endedMs;
}

function shortened(text: string, most: number): string {
  const [line = ''] = withShortHashes(text).split('\n');
  return line.length > most ? `${line.slice(0, most)}…` : line;
}
