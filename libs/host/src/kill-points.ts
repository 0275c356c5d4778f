import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Point, type PointWatcher, watchPoints } from '@holdfast/kernel';

/** Where tests arm points and read what struck: a folder. Nothing is watched while it is not set. */
export const POINTS_FOLDER_VARIABLE = 'HOLDFAST_POINTS';
/** Limits that tests make smaller: JSON with an object of numbers for each group. */
export const POINTS_LIMITS_VARIABLE = 'HOLDFAST_POINTS_LIMITS';

/** What a test writes into `FOLDER/PART.json`, replaced as a whole. A part's process is in `PART.pid`. */
export interface ArmedPoint {
  /** Distinguishes this from what was armed before. */
  readonly id: number;
  readonly point: Point;
  /** Only where one of these is at the point; anything where left out. */
  readonly about?: readonly string[] | undefined;
  /** Strikes the so manyth time from now on; never if it is 0. */
  readonly nth: number;
  /** Whether what was about to be told goes into the record, too. */
  readonly withValue?: boolean | undefined;
  /** The parts to be killed with -9 in that instant. */
  readonly victims: readonly string[];
}

/** A line of `FOLDER/struck.jsonl`. */
export interface Struck {
  readonly id: number;
  readonly part: string;
  readonly about: readonly string[];
  /** The parts that ran and were killed. */
  readonly killed: readonly string[];
  readonly value?: unknown;
}

/**
 * Lets tests kill this process, others, or both at the instant in which it reaches a point. To be called
 * behind the label `POINT` only, in a bundle that has the points.
 */
export function watchKillPoints(
  part: string,
  limits: Readonly<Record<string, object>>,
  env: NodeJS.ProcessEnv = process.env,
): void {
  const folder = env[POINTS_FOLDER_VARIABLE];
  if (folder === undefined) return;
  const smaller = JSON.parse(env[POINTS_LIMITS_VARIABLE] ?? '{}') as Record<string, object>;
  for (const [group, values] of Object.entries(limits)) Object.assign(values, smaller[group]);
  // As a whole: a number that is read half, or as 0, would be somebody else's.
  const pidFile = join(folder, `${part}.pid`);
  writeFileSync(`${pidFile}.new`, String(process.pid));
  renameSync(`${pidFile}.new`, pidFile);
  const watch = new KillPoints(part, folder);
  watchPoints((point, about, value) => watch.reached(point, about, value));
}

class KillPoints {
  readonly #part: string;
  readonly #folder: string;
  readonly #armFile: string;
  readonly #struckFile: string;
  /** The call or task that led here. */
  readonly #origin = new AsyncLocalStorage<string>();
  /** What led to commits that are not in the map yet. */
  readonly #originOf = new Map<number, string>();
  #armed: ArmedPoint | undefined;
  #armedMs = 0;
  #count = 0;

  constructor(part: string, folder: string) {
    this.#part = part;
    this.#folder = folder;
    this.#armFile = join(folder, `${part}.json`);
    this.#struckFile = join(folder, 'struck.jsonl');
  }

  readonly reached: PointWatcher = (point, about, value) => {
    const names = this.#names(point, about);
    const armed = this.#read();
    if (armed?.point !== point) return;
    if (armed.about && !armed.about.some((name) => names.includes(name))) return;
    if (++this.#count !== armed.nth) return;
    const others = armed.victims.filter((part) => part !== this.#part && this.#kill(part));
    const self = armed.victims.includes(this.#part) ? [this.#part] : [];
    const killed = [...others, ...self];
    const told = armed.withValue ? { value } : {};
    const struck: Struck = { id: armed.id, part: this.#part, about: names, killed, ...told };
    appendFileSync(this.#struckFile, `${JSON.stringify(struck)}\n`);
    if (self.length > 0) process.kill(process.pid, 'SIGKILL');
  };

  /** Commits are named for the call that they belong to. */
  #names(point: Point, about: readonly (string | number)[]): readonly string[] {
    if (point === 'call.arrived') this.#origin.enterWith(String(about[0]));
    if (point === 'commit.placed') {
      for (const number of about) this.#originOf.set(Number(number), this.#origin.getStore() ?? '');
    }
    if (!point.startsWith('commit.')) return [...new Set(about.map(String))];
    const names = new Set(about.map((number) => this.#originOf.get(Number(number)) ?? ''));
    if (point === 'commit.applied') for (const n of about) this.#originOf.delete(Number(n));
    return [...names];
  }

  /** False if the part does not run: then its number may be another program's by now. */
  #kill(part: string): boolean {
    try {
      const pid = readFileSync(join(this.#folder, `${part}.pid`), 'utf8');
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (!environment.includes(`${POINTS_FOLDER_VARIABLE}=${this.#folder}`)) return false;
      process.kill(Number(pid), 'SIGKILL');
      return true;
    } catch (error) {
      if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
      throw error;
    }
  }

  #read(): ArmedPoint | undefined {
    const changedMs = statSync(this.#armFile, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (changedMs === this.#armedMs) return this.#armed;
    this.#armedMs = changedMs;
    const armed = JSON.parse(readFileSync(this.#armFile, 'utf8')) as ArmedPoint;
    if (armed.id !== this.#armed?.id) this.#count = 0;
    this.#armed = armed;
    return armed;
  }
}
