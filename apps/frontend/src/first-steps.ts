import type { Auth } from '@holdfast/auth';
import type { Directory, Engine } from '@holdfast/directory';
import { type FrontendConfig, type Log, applyPasswordReset, forgetRestoring } from '@holdfast/host';
import { ensureAdministrator } from './administrator.ts';

export interface FirstStepsOptions {
  readonly config: FrontendConfig;
  readonly engine: Engine;
  readonly directory: Directory;
  readonly auth: Auth;
  readonly log: Log;
}

/**
 * What a frontend does once, as soon as its directory can be written: the root folders, the
 * settings of a new cluster, the first account, and a password that was reset while it was down.
 */
export class FirstSteps implements Disposable {
  readonly #options: FirstStepsOptions;
  readonly #listening: Disposable;
  #underWay = false;
  done = false;

  constructor(options: FirstStepsOptions) {
    this.#options = options;
    this.#listening = options.engine.onStatus((status) => {
      if (status.writable) void this.#take();
    });
    if (options.engine.status.writable) void this.#take();
  }

  [Symbol.dispose](): void {
    this.#listening[Symbol.dispose]();
  }

  async #take(): Promise<void> {
    if (this.#underWay || this.done) return;
    this.#underWay = true;
    const { config, directory, auth, log } = this.#options;
    try {
      // What the configuration says of copies counts for a new directory only.
      await directory.ensureRoots({ copies: config.copies });
      await ensureAdministrator(auth, config, log);
      await forgetRestoring(config);
      const user = await applyPasswordReset(config, (reset) => auth.resetPassword(reset));
      if (user !== undefined) log.info({}, `Set the password of ${user}, as was asked for`);
      const { files } = await directory.counts();
      log.info({}, `Ready, with ${files} files`);
      this.done = true;
    } catch (error) {
      log.warn(
        { error },
        'The directory could not be made ready; trying again when it can be written',
      );
    } finally {
      this.#underWay = false;
    }
  }
}
