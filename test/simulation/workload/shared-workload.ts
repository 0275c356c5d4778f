import type { SeededRandom } from '@holdfast/testkit';
import type { History } from '../check/history.ts';
import type { Transcript } from '../transcript.ts';
import { equalBytes } from '@holdfast/kernel';
import { type Content, contentBytes } from './content.ts';

/** Folders whose entries are judged together; nothing moves from one to another. */
export const GROUPS: readonly string[] = ['/shared/red', '/shared/green', '/shared/blue'];
/** What there is at the beginning. */
export const FOLDERS: readonly string[] = GROUPS.flatMap((group) => [group, `${group}/sub`]);
const NAMES: readonly string[] = ['a', 'b', 'c', 'sub/a', 'sub/b'];
const FOLDER_NAMES: readonly string[] = ['sub', 'sub/deep', 'b'];

const SAME_PATH_CHANCE = 0.5;

export interface DeletedItem {
  readonly id: string;
  readonly path: string;
  readonly deletedMs: number;
}

export interface SharedWorkloadOptions {
  readonly history: History;
  readonly transcript: Transcript;
  readonly nowMs: () => number;
  readonly largeFiles: boolean;
  /** The only operations that are carried out; all unless given. */
  readonly only?: readonly string[] | undefined;
}

/** What the users of one simulation share: names, what was written last, what was deleted. */
export class SharedWorkload {
  readonly history: History;
  readonly transcript: Transcript;
  readonly nowMs: () => number;
  /** Files of several full chunks are among those written. */
  readonly largeFiles: boolean;
  readonly folders: readonly string[] = GROUPS;
  /** What no bad day explains. */
  readonly violations: string[] = [];
  readonly #only: ReadonlySet<string> | undefined;
  #latest = `${GROUPS[0]}/${NAMES[0]}`;
  readonly #versions = new Map<string, number>();
  readonly #contents = new Map<string, Content>();
  readonly #deleted: DeletedItem[] = [];
  /** By its name, everything that somebody has begun to write. */
  readonly #written = new Map<string, { readonly content: Content; readonly sizeBytes: number }>();

  constructor(options: SharedWorkloadOptions) {
    this.largeFiles = options.largeFiles;
    this.history = options.history;
    this.transcript = options.transcript;
    this.nowMs = options.nowMs;
    this.#only = options.only && new Set(options.only);
  }

  /** Whether an operation is not to be carried out. */
  leavesOut(id: string): boolean {
    return this.#only?.has(id) === false;
  }

  violated(what: string): void {
    this.violations.push(what);
  }

  /** Often where somebody else is at work, or was a moment ago. */
  anyPath(random: SeededRandom): string {
    if (!random.chance(SAME_PATH_CHANCE)) {
      this.#latest = `${random.pick(GROUPS)}/${random.pick(NAMES)}`;
    }
    return this.#latest;
  }

  anyFolderPath(random: SeededRandom): string {
    return `${random.pick(GROUPS)}/${random.pick(FOLDER_NAMES)}`;
  }

  /** Another path of the same group. */
  pathBeside(path: string, random: SeededRandom): string {
    const group = GROUPS.find((folder) => path.startsWith(`${folder}/`)) ?? '';
    return `${group}/${random.pick([...NAMES, ...FOLDER_NAMES])}`;
  }

  writes(name: string, content: Content): void {
    const sizeBytes = content.reduce((sum, { length }) => sum + length, 0);
    this.#written.set(name, { content, sizeBytes });
  }

  /** The names of all contents of that size that have these bytes at `start`. */
  fitting(bytes: Uint8Array, start: number, sizeBytes: number): readonly string[] {
    return [...this.#written]
      .filter(
        ([, written]) =>
          written.sizeBytes === sizeBytes &&
          equalBytes(contentBytes(written.content).subarray(start, start + bytes.length), bytes),
      )
      .map(([name]) => name);
  }

  wrote(path: string, version: number, content: Content): void {
    this.#versions.set(path, version);
    this.#contents.set(path, content);
  }

  moved(from: string, to: string): void {
    const content = this.#contents.get(from);
    if (content) this.#contents.set(to, content);
  }

  /** What was written there last, if it was told. */
  contentOf(path: string): Content | undefined {
    return this.#contents.get(path);
  }

  /** Most often the right one. */
  guessVersion(path: string, random: SeededRandom): number {
    const known = this.#versions.get(path) ?? 0;
    return random.chance(0.8) ? known : random.integer(known + 2);
  }

  /** One of the last versions before the one that is known. */
  olderVersion(path: string, random: SeededRandom): number {
    return Math.max(1, (this.#versions.get(path) ?? 1) - random.integer(3));
  }

  deleted(item: DeletedItem): void {
    this.#deleted.push(item);
  }

  anyDeleted(random: SeededRandom): DeletedItem | undefined {
    const recent = this.#deleted.slice(-8);
    return recent.length > 0 ? random.pick(recent) : undefined;
  }
}
