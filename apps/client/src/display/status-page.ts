import type { ClusterStatus, ServerStatus } from '@holdfast/contracts';
import type { Style } from '../terminal/style.ts';
import { formatCount } from './count.ts';
import { safeText } from './safe-text.ts';
import { directoryScrubSentence, scrubSentence } from './scrub-sentence.ts';
import { serverState } from './server-state.ts';
import { formatSize } from './size.ts';
import { formatTable } from './table.ts';
import { formatDuration } from './time.ts';

/**
 * What people read for a chunk. A server knows no files: it has parts of them, one of each that is not
 * larger than a chunk. To count files by server, the directory would have to walk over all of them.
 */
const PART = 'file part';

/** The page of `holdfast status`. */
export function statusPage(status: ClusterStatus, nowMs: number, style: Style): string {
  return [headline(status, style), servers(status, nowMs, style), facts(status, nowMs, style)].join(
    '\n',
  );
}

/** One line that says whether all is well. */
function headline(
  { servers: all, directory, repair, damage }: ClusterStatus,
  style: Style,
): string {
  const live = all.filter(({ state }) => state === 'live').length;
  const count = `${live} of ${all.length} servers live`;
  if (!directory.writable) {
    const why = directory.reason ? `: ${safeText(directory.reason)}` : '';
    return `${style.red(`${count}; nothing can be changed now`)}${why}\n`;
  }
  if (damage.chunks > 0) {
    const names = damage.files.length > 0 ? `: ${damage.files.map(safeText).join(', ')}` : '';
    return `${style.red(`${count}; of ${formatCount(damage.chunks, PART)} no server has a whole copy`)}${names}\n`;
  }
  if (repair.onlyOnGone > 0) {
    const parts = formatCount(repair.onlyOnGone, PART);
    const atLeast = repair.onlyOnGoneIsLeast ? `at least ${parts}` : parts;
    return `${style.red(`${count}; ${atLeast} cannot be read until a server returns`)}\n`;
  }
  if (live < all.length || repair.underReplicated > 0) {
    const copies =
      repair.underReplicated > 0
        ? `${formatCount(repair.underReplicated, PART)} with too few copies`
        : all.some(({ state }) => state === 'read-only')
          ? 'no copy is missing, but not all servers take writes'
          : 'no copy is missing, but not all can be reached now';
    return `${style.yellow(`${count}; ${copies}`)}\n`;
  }
  return `${style.green(`${count}; every file has all its copies`)}\n`;
}

function servers({ servers: all }: ClusterStatus, nowMs: number, style: Style): string {
  const columns = [
    { title: 'server' },
    { title: 'state' },
    { title: 'address' },
    { title: 'pid', align: 'right' },
    { title: 'file parts', align: 'right' },
    { title: 'stored', align: 'right' },
    { title: 'free', align: 'right' },
    { title: '' },
  ] as const;
  const rows = all.map((server) => [
    server.name,
    serverState(server, style),
    server.address,
    server.state === 'gone' ? '-' : String(server.pid),
    String(server.chunks),
    formatSize(server.chunkBytes),
    formatSize(server.freeBytes),
    remark(server, nowMs),
  ]);
  return formatTable(columns, rows);
}

function remark({ reason, state: now, lastSeenMs }: ServerStatus, nowMs: number): string {
  if (reason) return safeText(reason);
  const silent = now === 'gone' || now === 'suspect';
  return silent ? `last seen ${formatDuration((nowMs - lastSeenMs) / 1000)} ago` : '';
}

function facts(status: ClusterStatus, nowMs: number, style: Style): string {
  const { directory, repair, frontend, copies } = status;
  const rows: [string, string][] = [
    [
      'files',
      `${formatCount(directory.files, 'file')} in ${formatCount(directory.folders, 'folder')}, ${formatSize(directory.sizeBytes)}`,
    ],
    ['copies', copies === 'all' ? 'one on every server' : `${copies} of a new file`],
    ['too few copies', attention(repair.underReplicated, style.yellow)],
    ['only one copy', attention(repair.singleCopy, style.yellow)],
    ['only on dead servers', onDeadServers(repair, style)],
    ['repair', repairSpeed(repair)],
    ['damaged everywhere', attention(status.damage.chunks, style.red)],
    ...status.servers.map((server): [string, string] => [
      `last scrub of ${server.name}`,
      scrubSentence(server.scrub, nowMs),
    ]),
    ['last scrub of the frontend', directoryScrubSentence(directory.scrub, nowMs)],
    ['open uploads', String(directory.openUploads)],
    ['trash', `${directory.trashEntries} deleted`],
    [
      'frontend',
      `${frontend.name}, pid ${frontend.pid}, up ${formatDuration((nowMs - frontend.startedMs) / 1000)}, epoch ${frontend.epoch}`,
    ],
    [
      'directory',
      `${formatCount(directory.commits, 'commit')}, journal also on ${list([...directory.view].sort())}`,
    ],
  ];
  return formatTable([{}, {}], rows);
}

function attention(count: number, mark: (text: string) => string): string {
  return count === 0 ? 'none' : `${mark(formatCount(count, PART))}; ls -l shows of which files`;
}

function onDeadServers(repair: ClusterStatus['repair'], style: Style): string {
  const found = attention(repair.onlyOnGone, style.red);
  if (!repair.onlyOnGoneIsLeast) return found;
  return repair.onlyOnGone === 0 ? `${found} found` : `at least ${found}`;
}

function repairSpeed({
  bytesPerSecond,
  secondsLeft,
  underReplicated,
  waits,
}: ClusterStatus['repair']): string {
  if (underReplicated === 0) return 'nothing to do';
  if (waits !== undefined) return `waits: ${safeText(waits)}`;
  if (bytesPerSecond <= 0) return 'begins';
  const left = secondsLeft === undefined ? '' : `, ${formatDuration(secondsLeft)} left`;
  return `${formatSize(bytesPerSecond)}/s${left}`;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'no server' : names.join(', ');
}
