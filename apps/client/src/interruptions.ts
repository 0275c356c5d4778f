import { setMaxListeners } from 'node:events';
import { HoldfastError } from '@holdfast/contracts';
import type { Clock } from '@holdfast/kernel';
import { CLIENT_LIMITS } from './limits.ts';

/** Turns Ctrl-C and signals into the end of the command that runs. */
export class Interruptions {
  readonly #clock: Clock;
  #running: AbortController | undefined;
  #terminated: HoldfastError | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs a task whose signal aborts when somebody interrupts. */
  async during<T>(task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    setMaxListeners(CLIENT_LIMITS.abortListeners, controller.signal);
    this.#running = controller;
    if (this.#terminated) controller.abort(this.#terminated);
    try {
      return await task(controller.signal);
    } finally {
      this.#running = undefined;
    }
  }

  /** Ctrl-C: ends the command that runs. True if there was one that had not been told yet. */
  interrupt(): boolean {
    if (!this.#running || this.#running.signal.aborted) return false;
    this.#running.abort(new HoldfastError('cancelled', 'Interrupted.'));
    return true;
  }

  /**
   * The process is asked to end: the same, also for all that might follow. What is under way is undone
   * first; `exit` is called where nothing is, or that takes too long.
   */
  terminate(exit: () => void): void {
    this.#terminated = new HoldfastError('cancelled', 'Interrupted.');
    if (this.interrupt()) this.#clock.schedule(CLIENT_LIMITS.undoMs, exit);
    else exit();
  }
}
