import type { BenchContext } from '../bench-context.ts';
import { atOnce, whileWanted, type CallRate } from '../measure/at-once.ts';
import { noise, readAll } from './content.ts';

/** Small files of one folder, which are put and got by number. */
export class SmallFiles {
  readonly #context: BenchContext;
  readonly #bytes: number;
  readonly #label: string;
  #folder = '';
  #folders = 0;

  constructor(
    context: BenchContext,
    bytes: number = context.sizes.smallBytes,
    label: string = 'small',
  ) {
    this.#context = context;
    this.#bytes = bytes;
    this.#label = label;
  }

  /** Goes on in a new folder, which is returned. */
  async newFolder(): Promise<string> {
    const { client, remoteFolder } = this.#context;
    this.#folder = `${remoteFolder}/${this.#label}-${++this.#folders}`;
    await client.files.makeFolder({ path: this.#folder, parents: false });
    return this.#folder;
  }

  pathOf(index: number): string {
    return `${this.#folder}/file-${String(index).padStart(7, '0')}`;
  }

  async put(files: number, width: number): Promise<CallRate> {
    return await atOnce(files, width, (index) => this.#putOne(index));
  }

  /** The same until it is no longer wanted. */
  async putWhile(wanted: () => boolean, width: number): Promise<CallRate> {
    return await whileWanted(wanted, width, (index) => this.#putOne(index));
  }

  /** Gets `calls` files of the first `files`, in an order in which neighbours do not follow. */
  async get(calls: number, width: number, files: number): Promise<CallRate> {
    const { client } = this.#context;
    return await atOnce(calls, width, (index) =>
      readAll(client, this.pathOf(scattered(index, files)), this.#bytes),
    );
  }

  async #putOne(index: number): Promise<void> {
    await this.#context.client.putFile(noise(this.#bytes), { path: this.pathOf(index) });
  }
}

/** A large prime, so that all of any smaller number of files have their turn. */
const STRIDE = 7_368_787;

export function scattered(index: number, files: number): number {
  return (index * STRIDE) % files;
}
