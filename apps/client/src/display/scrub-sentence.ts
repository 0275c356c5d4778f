import type { ClusterStatus, ServerStatus } from '@holdfast/contracts';
import { safeText } from './safe-text.ts';
import { formatSize } from './size.ts';
import { formatDuration } from './time.ts';

/** How far a server is with re-reading what it keeps, and what the last full pass found. */
export function scrubSentence(scrub: ServerStatus['scrub'], nowMs: number): string {
  const { current, last, journalDamage } = scrub ?? {};
  const parts = [
    last
      ? `${formatDuration(Math.max(0, nowMs - last.endedMs) / 1000)} ago, ${formatSize(last.readBytes)}, ${foundSentence(last.damaged)}`
      : 'never',
  ];
  if (current) parts.push(`a pass is at ${percentOf(current)} %`);
  if (journalDamage !== undefined) parts.push(`its journal: ${safeText(journalDamage)}`);
  return parts.join('; ');
}

/** The same of the frontend's own disk; `scrub` is absent from older frontends. */
export function directoryScrubSentence(
  scrub: ClusterStatus['directory']['scrub'],
  nowMs: number,
): string {
  const { current, last } = scrub ?? {};
  const parts = ['never'];
  if (last) {
    const ago = formatDuration(Math.max(0, nowMs - last.endedMs) / 1000);
    parts[0] = `${ago} ago, ${formatSize(last.readBytes)}, ${foundSentence(last.damaged)}`;
    if (last.damaged > 0) parts[0] += `, ${last.repaired} repaired`;
    parts.push(...last.damage.map(safeText));
  }
  if (current) parts.push(`a pass has read ${formatSize(current.readBytes)}`);
  return parts.join('; ');
}

export function foundSentence(damaged: number): string {
  return damaged === 0 ? 'nothing damaged' : `${damaged} damaged`;
}

export function percentOf({
  readBytes,
  totalBytes,
}: {
  readonly readBytes: number;
  readonly totalBytes: number;
}): number {
  return totalBytes === 0 ? 100 : Math.floor((100 * readBytes) / totalBytes);
}
