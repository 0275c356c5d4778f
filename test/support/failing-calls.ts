import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './run-command.ts';

const SOURCE = fileURLToPath(new URL('failing-calls.c', import.meta.url));

/**
 * A library that makes reads or syncs of a part's segments fail with EIO, as a dying disk does. The
 * part is started with `env`; from then on calls fail while a test says so.
 */
export class FailingCalls implements AsyncDisposable {
  readonly #build: string;
  readonly #folder: string;

  /** Why calls cannot be made to fail here; undefined if they can. */
  static async impossible(): Promise<string | undefined> {
    if (process.platform !== 'linux') return 'libraries are preloaded on Linux only';
    const tried = await FailingCalls.for('/nowhere').catch((error: unknown) => error);
    if (!(tried instanceof FailingCalls)) return `no C compiler: ${String(tried)}`;
    await tried[Symbol.asyncDispose]();
    return undefined;
  }

  /** `folder`: the data folder of the part. */
  static async for(folder: string): Promise<FailingCalls> {
    const build = await mkdtemp(join(tmpdir(), 'holdfast-calls-'));
    const made = new FailingCalls(build, folder);
    const flags = ['-shared', '-fPIC', '-o', made.#library, SOURCE, '-ldl'];
    const { code, stderr } = await runCommand('cc', flags);
    if (code === 0) return made;
    await made[Symbol.asyncDispose]();
    throw new Error(stderr.trim());
  }

  private constructor(build: string, folder: string) {
    this.#build = build;
    this.#folder = folder;
  }

  get env(): NodeJS.ProcessEnv {
    return { LD_PRELOAD: this.#library, HOLDFAST_TEST_FOLDER: this.#folder };
  }

  /** Lets every such call fail until the result is disposed. */
  async fail(what: 'sync' | 'read'): Promise<AsyncDisposable> {
    const flag = this.#flag(what);
    await writeFile(flag, '');
    return { [Symbol.asyncDispose]: () => rm(flag, { force: true }) };
  }

  /** Whether a call has failed since then. */
  async hasFailed(what: 'sync' | 'read'): Promise<boolean> {
    return (await readFile(this.#flag(what), 'utf8')) !== '';
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#build, { recursive: true, force: true });
  }

  #flag(what: 'sync' | 'read'): string {
    return `${this.#folder}.${what}-fails`;
  }

  get #library(): string {
    return join(this.#build, 'failing-calls.so');
  }
}
