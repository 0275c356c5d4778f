import type { Stats } from 'node:fs';
import { ERROR_CODES, type HoldfastError, isHoldfastError, type Entry } from '@holdfast/contracts';
import { Semaphore } from '@holdfast/kernel';
import { CLIENT_LIMITS } from '../limits.ts';
import { walkLocal, type LocalEntry } from '../local/local-walk.ts';
import { findEntry } from '../operands/remote-operands.ts';
import type { Putting } from './putting.ts';
import { permitsOf } from './tree-permits.ts';

/** Sends a local folder with all that is in it to `remote`, which is made if it is not there. */
export async function putTree(
  putting: Putting,
  folder: string,
  remote: string,
  found: Stats,
): Promise<void> {
  await countBytes(putting, folder);
  await new TreeSender(putting).send(folder, remote, found);
}

/** Looks through the folder once, so that the progress bar knows its end. */
async function countBytes(putting: Putting, folder: string): Promise<void> {
  if (!putting.context.terminal.showsProgress) return;
  for await (const entry of walkLocal(folder, () => {})) {
    putting.context.signal.throwIfAborted();
    if (entry.kind === 'file') putting.expect(entry.sizeBytes);
  }
}

class TreeSender {
  readonly #putting: Putting;
  /** A large file takes all permits, since it has a window of chunks under way by itself. */
  readonly #window = new Semaphore(CLIENT_LIMITS.filesInFlight);
  /** What is in each remote folder, where `--update` needs to know. */
  readonly #present = new Map<string, ReadonlyMap<string, Entry>>();
  readonly #folders: { readonly path: string; readonly modifiedMs: number }[] = [];
  readonly #unusable = new Set<string>();
  /** A failure that every further file would share. */
  #fatal: HoldfastError | undefined;

  constructor(putting: Putting) {
    this.#putting = putting;
  }

  async send(folder: string, remote: string, found: Stats): Promise<void> {
    const { signal } = this.#putting.context;
    await this.#makeFolder(remote, found.mode & 0o7777, Math.trunc(found.mtimeMs));
    const skipped = (path: string, error: HoldfastError): void => this.#putting.failed(path, error);
    for await (const entry of walkLocal(folder, skipped)) {
      signal.throwIfAborted();
      if (this.#fatal) throw this.#fatal;
      await this.#begin(entry, `${remote === '/' ? '' : remote}/${entry.relative}`);
    }
    using _all = await this.#window.acquire(CLIENT_LIMITS.filesInFlight, signal);
    if (this.#fatal) throw this.#fatal;
    await this.#setFolderTimes();
  }

  async #begin(entry: LocalEntry, remote: string): Promise<void> {
    if (this.#isBelowUnusable(remote)) return;
    if (entry.kind === 'file') {
      const amount = permitsOf(entry.sizeBytes);
      const permit = await this.#window.acquire(amount, this.#putting.context.signal);
      void this.#sendFile(entry.path, remote, permit);
      return;
    }
    try {
      if (entry.kind === 'folder') await this.#makeFolder(remote, entry.mode, entry.modifiedMs);
      else {
        await this.#makeLink(remote, entry.target);
        await this.#setTime(remote, entry.modifiedMs);
        this.#putting.made('link');
      }
    } catch (error) {
      this.#failed(entry.path, error);
      if (entry.kind === 'folder') this.#unusable.add(`${remote}/`);
    }
  }

  async #sendFile(path: string, remote: string, permit: Disposable): Promise<void> {
    using _permit = permit;
    try {
      const present = this.#putting.flags.update ? await this.#presentAt(remote) : undefined;
      await this.#putting.file(path, remote, present);
    } catch (error) {
      this.#failed(path, error);
    }
  }

  async #makeFolder(path: string, mode: number, modifiedMs: number): Promise<void> {
    const { client, context } = this.#putting;
    const options = { signal: context.signal };
    this.#folders.push({ path, modifiedMs });
    await client.files.makeFolder({ path, parents: true, mode }, options);
    this.#putting.made('folder');
  }

  async #makeLink(path: string, target: string): Promise<void> {
    const { client, context } = this.#putting;
    const options = { signal: context.signal };
    try {
      await client.files.makeLink({ path, target }, options);
    } catch (error) {
      if (!isHoldfastError(error, 'already-exists')) throw error;
      const present = await findEntry(context, path);
      if (present?.kind === 'link' && present.target === target) return;
      if (present?.kind !== 'link') throw error;
      await client.files.remove({ path, recursive: false }, options);
      await client.files.makeLink({ path, target }, options);
    }
  }

  async #setTime(path: string, modifiedMs: number): Promise<void> {
    const { client, context } = this.#putting;
    await client.files.setAttributes({ path, modifiedMs }, { signal: context.signal });
  }

  /** Last, and from the inside out: what is put into a folder changes the folder's time. */
  async #setFolderTimes(): Promise<void> {
    for (const { path, modifiedMs } of this.#folders.toReversed()) {
      await this.#setTime(path, modifiedMs);
    }
  }

  async #presentAt(path: string): Promise<Entry | undefined> {
    const at = path.lastIndexOf('/');
    const folder = path.slice(0, at) || '/';
    let names = this.#present.get(folder);
    if (!names) {
      const found = new Map<string, Entry>();
      const { client, context } = this.#putting;
      for await (const entry of client.list(folder, context.signal)) found.set(entry.name, entry);
      names = found;
      this.#present.clear();
      this.#present.set(folder, names);
    }
    return names.get(path.slice(at + 1));
  }

  #failed(path: string, error: unknown): void {
    if (this.#putting.context.signal.aborted) return;
    if (concernsAll(error)) this.#fatal ??= error;
    else this.#putting.failed(path, error);
  }

  #isBelowUnusable(path: string): boolean {
    for (const prefix of this.#unusable) if (path.startsWith(prefix)) return true;
    return false;
  }
}

/** The cluster, not the file, is what failed. */
function concernsAll(error: unknown): error is HoldfastError {
  return (
    isHoldfastError(error) &&
    (ERROR_CODES[error.code].exit === 'unavailable' || error.code === 'unauthenticated')
  );
}
