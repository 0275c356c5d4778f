import {
  type Agreement,
  type AgreementState,
  type DirectoryId,
  EMPTY_TAIL,
  type Hasher,
  HoldfastError,
  type Journal,
  type JournalTail,
  type OrderedMap,
  type RosterEntry,
  type Snapshots,
  type StoreId,
  isHoldfastError,
  nextLineage,
} from '@holdfast/contracts';
import { type Clock, Semaphore, type Timer, deferred, equalBytes } from '@holdfast/kernel';
import { adoptRecords } from './adopt-records.ts';
import { compareCopy, compareLost } from './compare-copy.ts';
import type { CopyStand, JournalCopy } from './journal-copy.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { MapKeeper } from './map-keeper.ts';
import { otherDirectory, waitForMissing, waitForQuiet } from './rebuild-reasons.ts';
import { readViewRecord } from './view-record.ts';

export interface RebuildPorts {
  /** What is left of our own; may be empty. */
  readonly journal: Journal;
  readonly map: OrderedMap;
  readonly snapshots?: Snapshots;
  readonly agreement: Agreement;
  readonly hasher: Hasher;
  readonly clock: Clock;
  /** Go on without stores that do not come. */
  readonly acceptLoss: boolean;
}

/** What the directory is now. */
export interface RebuildOutcome {
  readonly state: AgreementState;
  /** The number of the last commit, and its directory time. */
  readonly commits: number;
  readonly timeMs: number;
  /** Servers that were not heard: changes after `commits` that only they have are given up. */
  readonly missing: readonly string[];
  /** Servers whose own changes are given up, and set aside when they register. */
  readonly givenUp: readonly string[];
}

/** Opens what is left of our own. What is damaged of it counts for nothing, and is set aside. */
export async function openRebuild(ports: RebuildPorts): Promise<Rebuild> {
  const { journal, map } = ports;
  const keeper = new MapKeeper(map, ports);
  try {
    await keeper.restore(journal);
  } catch (error) {
    if (!isHoldfastError(error, 'damaged', 'not-found')) throw error;
    await journal.reset(EMPTY_TAIL, { damaged: true });
    await keeper.restore(journal);
  }
  const known = await readViewRecord(map);
  return new Rebuild(ports, keeper, known?.directory);
}

interface Heard {
  readonly name: string;
  readonly stand: CopyStand;
}

/**
 * Makes the directory anew from the copies of its journal (§P11): the longest chain of the highest
 * epoch, once every store of the newest roster was heard; or, where the user accepts the loss, of
 * those that come. Nothing is changed on any store. What is found goes into our journal and map at
 * once, so that a rebuild that is interrupted begins where it was.
 */
export class Rebuild implements Disposable {
  readonly #ports: RebuildPorts;
  readonly #keeper: MapKeeper;
  readonly #turn = new Semaphore(1);
  readonly #heard = new Map<StoreId, Heard>();
  readonly #done = deferred<RebuildOutcome>();
  #directory: DirectoryId | undefined;
  #conflict: HoldfastError | undefined;
  #quiet: Timer | undefined;
  #over = false;
  #reason = 'The directory is being rebuilt, and no file server with a copy was heard yet.';

  constructor(ports: RebuildPorts, keeper: MapKeeper, directory: DirectoryId | undefined) {
    this.#ports = ports;
    this.#keeper = keeper;
    this.#directory = directory;
  }

  /** What it waits for, for people. */
  get reason(): string {
    return this.#reason;
  }

  get done(): Promise<RebuildOutcome> {
    return this.#done.promise;
  }

  /**
   * Takes a store into account, which says which directory it belongs to. Rejects where its copy
   * cannot be read, and with `foreign-store` if another store is of another directory.
   */
  async hear(copy: JournalCopy, directory: DirectoryId): Promise<void> {
    using _turn = await this.#turn.acquire();
    if (this.#over) return;
    this.#checkDirectory(copy.name, directory);
    const stand = await copy.stand();
    // A store that lost its copy says nothing about what it once had.
    if (stand.tail.number === 0 && !stand.lost) throw withoutCopy(copy.name);
    if (stand.tail.number > 0) await this.#take(copy, stand.tail);
    this.#heard.set(copy.store, { name: copy.name, stand });
    this.#quiet?.cancel();
    this.#quiet = undefined;
    await this.#decide(false);
  }

  [Symbol.dispose](): void {
    this.#over = true;
    this.#quiet?.cancel();
  }

  /** Two directories at once: whose files are meant is not for us to say. */
  #checkDirectory(name: string, directory: DirectoryId): void {
    this.#directory ??= directory;
    if (this.#directory === directory && !this.#conflict) return;
    const names = [...this.#heard.values()].map((heard) => heard.name);
    this.#conflict ??= otherDirectory(name, names);
    this.#reason = this.#conflict.message;
    throw this.#conflict;
  }

  /** Brings our journal to the better one of ours and the copy. */
  async #take(copy: JournalCopy, theirs: JournalTail): Promise<void> {
    const { journal } = this.#ports;
    const relation = await compareCopy(journal, copy, theirs);
    if (relation === 'prefix' || relation === 'behind') return;
    if (relation !== 'ahead') {
      if (!isBetter(theirs, journal.tail)) return;
      await journal.reset(EMPTY_TAIL, { keep: true });
      await this.#keeper.restore(journal);
    }
    await adoptRecords(copy, { ...this.#ports, keeper: this.#keeper });
  }

  async #decide(quiet: boolean): Promise<void> {
    const { map, clock, acceptLoss } = this.#ports;
    const found = await readViewRecord(map);
    if (!found) return;
    const missing = await this.#missing(found.roster);
    const names = missing.map(({ name }) => name).sort();
    if (missing.length === 0 || (acceptLoss && quiet)) return await this.#finish(found, names);
    const heard = [...this.#heard.values()].map(({ name }) => name);
    const damaged = names.filter((name) => heard.includes(name));
    const state = { heard, missing: names, damaged, commits: this.#keeper.number };
    this.#reason = acceptLoss ? waitForQuiet(state) : waitForMissing(state);
    if (!acceptLoss) return;
    this.#quiet = clock.schedule(ENGINE_LIMITS.rebuildQuietMs, () => {
      this.#decideWhenQuiet().catch((error: unknown) => this.#done.reject(error));
    });
  }

  /** Also those whose copies were damaged and had something that nobody else has shown to have. */
  async #missing(roster: AgreementState['roster']): Promise<readonly RosterEntry[]> {
    const missing: RosterEntry[] = [];
    for (const entry of roster) {
      const heard = this.#heard.get(entry.store);
      const { lost } = heard?.stand ?? {};
      const isCovered = !lost || (await compareLost(this.#ports.journal, lost)) === 'prefix';
      if (!heard || !isCovered) missing.push(entry);
    }
    return missing;
  }

  async #decideWhenQuiet(): Promise<void> {
    const { size } = this.#heard;
    using _turn = await this.#turn.acquire();
    if (!this.#over && !this.#conflict && this.#heard.size === size) await this.#decide(true);
  }

  async #finish(found: AgreementState, missing: readonly string[]): Promise<void> {
    const { agreement, journal } = this.#ports;
    const givenUp = await this.#givenUp();
    const epochs = [...this.#heard.values()].map(({ stand }) => stand.epoch);
    const highest = Math.max(found.epoch, journal.tail.epoch, await this.#ownEpoch(), ...epochs);
    const anew = missing.length > 0 || givenUp.length > 0;
    const state = { ...found, epoch: anew ? nextLineage(highest) : highest };
    await this.#keeper.persist();
    await agreement.restore(state);
    this[Symbol.dispose]();
    const timeMs = this.#keeper.timeMs ?? 0;
    this.#done.resolve({ state, commits: this.#keeper.number, timeMs, missing, givenUp });
  }

  /** What is left of our agreement may know of an epoch that no store was told of. */
  async #ownEpoch(): Promise<number> {
    const own = await this.#ports.agreement.read().catch(() => undefined);
    return own && own.directory === this.#directory ? own.epoch : 0;
  }

  /** Those whose copies go on from where ours does not. */
  async #givenUp(): Promise<string[]> {
    const { journal } = this.#ports;
    const names: string[] = [];
    for (const { name, stand } of this.#heard.values()) {
      if (stand.tail.number === 0 || stand.tail.number < journal.first - 1) continue;
      const hash = await journal.hashOf(stand.tail.number);
      if (!hash || !equalBytes(hash, stand.tail.hash)) names.push(name);
    }
    return names;
  }
}

function isBetter(one: JournalTail, other: JournalTail): boolean {
  return one.epoch > other.epoch || (one.epoch === other.epoch && one.number > other.number);
}

function withoutCopy(name: string): HoldfastError {
  return new HoldfastError(
    'damaged',
    `The store of ${name} has lost its copy of the journal, so the directory cannot be rebuilt ` +
      'from it. It counts as missing.',
  );
}
