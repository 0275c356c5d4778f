import type { Clock, Timer } from '@holdfast/kernel';

/** A clock that stands still until it is moved, and moves deterministically. */
export interface SimulatedClock extends Clock {
  /** Tasks scheduled and not run yet. */
  readonly pending: number;
  /**
   * Moves time forward by `ms`, running each due task at its own time, in order of time and then of
   * scheduling, and letting all promises settle before the next one.
   */
  advance(ms: number): Promise<void>;
  /** Runs tasks, moving time as far as needed, until none is left; at most `maxTasks` of them. */
  runUntilIdle(maxTasks?: number): Promise<void>;
  /**
   * Moves time until `work` settles, and gives its result. Throws if nothing is scheduled any more
   * while `work` still waits: it would wait for ever.
   */
  run<T>(work: Promise<T>): Promise<T>;
  /** Lets all promises that can settle without time passing do so. */
  settle(): Promise<void>;
  /** The process is stopped for a while: time goes on, and what falls due meanwhile runs late. */
  stop(ms: number): void;
  /** Sets the wall clock forward or back, as an administrator would; monotonic time goes on. */
  jumpWall(ms: number): void;
}

interface Task {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

const DEFAULT_START_MS = Date.UTC(2026, 0, 1);
const DEFAULT_MAX_TASKS = 1_000_000;
/** Rounds of the event loop without a task before `run` takes its work to be stuck. */
const STUCK_ROUNDS = 50;

/** Asked for together, since a round of the event loop costs more than most tasks. */
const TURNS_PER_ROUND = 64;

/** The event loop's own, taken before any test replaces the timers. */
const askForTurn = setImmediate;

/**
 * Resolves promises one by one, each in a turn of its own: before the next one every promise that could
 * settle has, as Node lets them between two immediates, also of the same round.
 */
class Turns {
  readonly #waiting: (() => void)[] = [];
  #asked = 0;

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#asked === 0) this.#ask();
    });
  }

  #ask(): void {
    this.#asked = TURNS_PER_ROUND;
    for (let i = 0; i < TURNS_PER_ROUND; i++) askForTurn(this.#take);
  }

  readonly #take = (): void => {
    this.#asked--;
    this.#waiting.shift()?.();
    if (this.#asked === 0 && this.#waiting.length > 0) this.#ask();
  };
}

export function simulatedClock(options: { readonly wallMs?: number } = {}): SimulatedClock {
  let nowMs = 0;
  let wallOffsetMs = options.wallMs ?? DEFAULT_START_MS;
  let order = 0;
  const tasks = new TaskHeap();

  const turns = new Turns();
  // A round of its own also lets through what the machine itself answers.
  const settle = (): Promise<void> => new Promise((resolve) => askForTurn(resolve));
  const runNext = async (untilMs: number): Promise<boolean> => {
    const task = tasks.peek();
    if (task === undefined || task.dueMs > untilMs) return false;
    tasks.remove(task);
    nowMs = Math.max(nowMs, task.dueMs);
    task.run();
    await turns.next();
    return true;
  };

  const clock: SimulatedClock = {
    get pending() {
      return tasks.size;
    },
    wallMs: () => wallOffsetMs + nowMs,
    monotonicMs: () => nowMs,
    schedule: (delayMs, run): Timer => {
      const task = { dueMs: nowMs + Math.max(0, delayMs), order: order++, run };
      tasks.add(task);
      return { cancel: () => tasks.remove(task) };
    },
    settle,
    advance: async (ms) => {
      const untilMs = nowMs + ms;
      await settle();
      while (await runNext(untilMs));
      nowMs = untilMs;
    },
    runUntilIdle: async (maxTasks = DEFAULT_MAX_TASKS) => {
      await settle();
      for (let count = 0; await runNext(Infinity); count++) {
        if (count >= maxTasks) throw new Error(`Not idle after ${maxTasks} tasks`);
      }
    },
    run: async (work) => {
      let settled = false;
      const mark = (): void => {
        settled = true;
      };
      work.then(mark, mark);
      await settle();
      for (let idle = 0; !settled;) {
        if (await runNext(Infinity)) {
          idle = 0;
          continue;
        }
        await settle();
        if (++idle > STUCK_ROUNDS) {
          throw new Error('Nothing is scheduled, and the work still waits');
        }
      }
      return await work;
    },
    stop: (ms) => {
      nowMs += ms;
    },
    jumpWall: (ms) => {
      wallOffsetMs += ms;
    },
  };
  return clock;
}

/** A binary heap of tasks; removing one from the middle only marks it. */
class TaskHeap {
  readonly #heap: Task[] = [];
  readonly #live = new Set<Task>();

  get size(): number {
    return this.#live.size;
  }

  add(task: Task): void {
    this.#live.add(task);
    this.#heap.push(task);
    this.#rise(this.#heap.length - 1);
  }

  remove(task: Task): void {
    this.#live.delete(task);
  }

  peek(): Task | undefined {
    let first = this.#heap[0];
    while (first !== undefined && !this.#live.has(first)) {
      this.#removeFirst();
      first = this.#heap[0];
    }
    return first;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(index: number): void {
    for (let at = index; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfBefore(at, parent)) return;
      at = parent;
    }
  }

  #sink(index: number): void {
    for (let at = index; ;) {
      const left = 2 * at + 1;
      const right = left + 1;
      const child = this.#before(right, left) ? right : left;
      if (!this.#swapIfBefore(child, at)) return;
      at = child;
    }
  }

  #before(a: number, b: number): boolean {
    const first = this.#heap[a];
    const second = this.#heap[b];
    if (first === undefined || second === undefined) return false;
    return first.dueMs === second.dueMs ? first.order < second.order : first.dueMs < second.dueMs;
  }

  #swapIfBefore(a: number, b: number): boolean {
    if (!this.#before(a, b)) return false;
    const first = this.#heap[a] as Task;
    this.#heap[a] = this.#heap[b] as Task;
    this.#heap[b] = first;
    return true;
  }
}
