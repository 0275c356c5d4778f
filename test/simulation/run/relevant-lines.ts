import { GROUPS } from '../workload/shared-workload.ts';

/**
 * The lines of a transcript without operations on folders that no violation is about. Folders are judged
 * by themselves, so what was done in others is a distraction.
 */
export function relevantLines(
  lines: readonly string[],
  violations: readonly string[],
): readonly string[] {
  const inQuestion = GROUPS.filter((group) => violations.some((text) => text.includes(group)));
  if (inQuestion.length === 0) return lines;
  const others = GROUPS.filter((group) => !inQuestion.includes(group));
  return lines.filter((line) => !others.some((group) => line.includes(group)));
}
