import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { sourceOfBytes, type HoldfastClient } from '@holdfast/sdk';
import type { Seeded } from '../seeded.ts';
import { Account, type Change, digestOf } from './account.ts';

const SMALL_BYTES = 40_000;
const LARGE_BYTES = 9 * 1024 * 1024;
const KEPT = 'kept-';

/** What the clients of a workload do, and how often: the weights. */
const WEIGHTS = {
  'put-small': 3,
  'put-large': 1,
  overwrite: 2,
  rename: 2,
  remove: 2,
  restore: 0,
  get: 0,
  'empty-trash': 0,
};

export type Action = keyof typeof WEIGHTS;

export interface WorkloadOptions {
  readonly folder: string;
  readonly seeded: Seeded;
  /** Instead of the weights that a workload has by itself; asked before each action. */
  readonly weights?: () => Partial<Record<Action, number>>;
  readonly largeBytes?: number;
  /** Files that are written first and left alone, so that what is lost is not soon replaced. */
  readonly kept?: number;
  /** A client with so many other files only removes some. */
  readonly mostFiles?: number;
  /** Told of each acknowledged change before the next one is begun. */
  readonly record?: (change: Change) => void;
}

/**
 * One client that changes things in a folder of its own, one after the other, and keeps account of
 * what was acknowledged. Every change can be made only once: a rename or a delete finds its file gone
 * the second time, a write names the version that it replaces, and a restored version has the next
 * number. So a change that the cluster carried out twice, or lost, makes this one or a later one fail.
 */
export class Workload {
  readonly #client: HoldfastClient;
  readonly #options: WorkloadOptions;
  readonly #account = new Account();
  #named = 0;
  acknowledged = 0;
  /** Actions that were under way when the frontend was lost. */
  interrupted = 0;

  static async begin(client: HoldfastClient, options: WorkloadOptions): Promise<Workload> {
    await client.files.makeFolder({ path: options.folder, parents: true });
    const workload = new Workload(client, options);
    for (let number = 0; number < (options.kept ?? 0); number++) {
      await workload.#write(`${KEPT}${number}`, options.largeBytes ?? LARGE_BYTES);
    }
    return workload;
  }

  private constructor(client: HoldfastClient, options: WorkloadOptions) {
    this.#client = client;
    this.#options = options;
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) await this.step();
  }

  /** Does one thing, and waits for the answer. */
  async step(): Promise<void> {
    let lost = false;
    using _ = this.#client.onState(({ kind }) => (lost ||= kind === 'waiting'));
    await this.#act(this.#choose());
    this.acknowledged++;
    if (lost) this.interrupted++;
  }

  /** Compares everything there is with everything that was acknowledged. */
  async check(): Promise<void> {
    await this.#account.check(this.#client, this.#options.folder);
  }

  get #changing(): readonly string[] {
    return this.#account.names.filter((name) => !name.startsWith(KEPT));
  }

  #choose(): Action {
    const { seeded, mostFiles = Number.POSITIVE_INFINITY } = this.#options;
    const names = this.#changing;
    if (names.length < 3) return 'put-small';
    if (names.length >= mostFiles) return 'remove';
    const weights = { ...WEIGHTS, ...this.#options.weights?.() };
    let left = seeded.below(Object.values(weights).reduce((sum, weight) => sum + weight));
    for (const [action, weight] of Object.entries(weights)) {
      left -= weight;
      if (left < 0) return action as Action;
    }
    return 'put-small';
  }

  async #act(action: Action): Promise<void> {
    const { largeBytes = LARGE_BYTES } = this.#options;
    switch (action) {
      case 'put-small':
        return await this.#write(this.#newName(), SMALL_BYTES);
      case 'put-large':
        return await this.#write(this.#newName(), largeBytes);
      case 'overwrite':
        return await this.#write(this.#someName(), SMALL_BYTES);
      case 'rename':
        return await this.#rename(this.#someName(), this.#newName());
      case 'remove':
        return await this.#remove(this.#someName());
      case 'restore':
        return await this.#restoreOlder();
      case 'get':
        return await this.#get(this.#someName());
      case 'empty-trash':
        await this.#client.files.emptyTrash({});
    }
  }

  async #write(name: string, mostBytes: number): Promise<void> {
    const { seeded } = this.#options;
    const content = seeded.bytes(1 + seeded.below(mostBytes));
    const ifVersion = this.#account.versionOf(name);
    const options = { path: this.#path(name), ifVersion };
    const { entry } = await this.#client.putFile(sourceOfBytes(content), options);
    const sha256 = createHash('sha256').update(content).digest('hex');
    this.#acknowledge({ kind: 'wrote', name, version: entry.version, sha256 });
  }

  async #rename(from: string, to: string): Promise<void> {
    const paths = { from: this.#path(from), to: this.#path(to) };
    await this.#client.files.rename({ ...paths, replace: false });
    this.#acknowledge({ kind: 'renamed', from, to });
  }

  async #remove(name: string): Promise<void> {
    const ifVersion = this.#account.versionOf(name);
    await this.#client.files.remove({ path: this.#path(name), recursive: false, ifVersion });
    this.#acknowledge({ kind: 'removed', name });
  }

  async #restoreOlder(): Promise<void> {
    const name = this.#changing.find((known) => this.#account.versionOf(known) > 1);
    if (name === undefined) return await this.#write(this.#someName(), SMALL_BYTES);
    const version = 1 + this.#options.seeded.below(this.#account.versionOf(name) - 1);
    const sha256 = this.#account.digestOf(name, version);
    const { entry } = await this.#client.files.restore({ path: this.#path(name), version });
    this.#acknowledge({ kind: 'wrote', name, version: entry.version, sha256 });
  }

  async #get(name: string): Promise<void> {
    const version = 1 + this.#options.seeded.below(this.#account.versionOf(name));
    const found = await digestOf(this.#client, this.#path(name), version);
    assert.equal(found, this.#account.digestOf(name, version), `version ${version} of ${name}`);
  }

  #acknowledge(change: Change): void {
    this.#options.record?.(change);
    this.#account.apply(change);
  }

  #path(name: string): string {
    return `${this.#options.folder}/${name}`;
  }

  /** Never one that was there before, so that what is gone must stay gone. */
  #newName(): string {
    return `file-${this.#named++}`;
  }

  #someName(): string {
    return this.#options.seeded.pick(this.#changing);
  }
}
