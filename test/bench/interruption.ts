import { rm } from 'node:fs/promises';
import { until } from '../support/until.ts';
import { childrenOf } from './measure/process-usage.ts';

const EXIT_CODE = 130;

/**
 * Leaves nothing behind when the bench is interrupted: neither processes nor data. There is nothing to
 * end in order, as the data is thrown away.
 */
export class Interruption implements Disposable {
  readonly #folder: string;
  readonly #end = (): void => void this.#leaveNothing().finally(() => process.exit(EXIT_CODE));

  constructor(folder: string) {
    this.#folder = folder;
    process.once('SIGINT', this.#end);
    process.once('SIGTERM', this.#end);
    // A pipe that was closed, as by `head`, ends the bench, too.
    process.stdout.once('error', this.#end);
  }

  [Symbol.dispose](): void {
    process.off('SIGINT', this.#end);
    process.off('SIGTERM', this.#end);
  }

  async #leaveNothing(): Promise<void> {
    // Another bare process may just have been started.
    await until('all processes of the bench to end', async () => {
      const left = await childrenOf(process.pid);
      for (const pid of left) process.kill(pid, 'SIGKILL');
      return left.length === 0;
    });
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
