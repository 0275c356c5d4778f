import { type CallContext, type ChunkId, HoldfastError, type StoreId } from '@holdfast/contracts';
import type { ChunkInfo, Departure, Directory, StoreRecord } from '@holdfast/directory';
import { type Clock, Semaphore, sleep } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { Flights } from './flights.ts';
import type { JournalView } from './journal-view.ts';
import type { Member } from './member.ts';
import type { Members } from './members.ts';

export interface RetirementOptions {
  readonly directory: Directory;
  readonly members: Members;
  readonly view: JournalView;
  readonly flights: Flights;
  readonly clock: Clock;
}

/** How a server leaves, and what must hold for that. */
interface Leave {
  readonly how: Departure;
  readonly isDispensable: () => Promise<boolean>;
}

type Generations = ReadonlyMap<StoreId, number>;

/**
 * How a server leaves for good: emptied first, or given up with what only it had. It is marked as
 * leaving before the last count. From then on no commit rests on it, so that what is counted after
 * the mark is all there is; and what forgets its copies fails if one of them is a last one (§P1).
 */
export class Retirement {
  readonly #options: RetirementOptions;
  /** Chunks that still need a server which retires, as they were last counted. */
  readonly #needed = new Map<StoreId, number>();
  /** One server is looked at a time: each mark is taken back by whoever set it. */
  readonly #turns: Semaphore = new Semaphore(1);

  constructor(options: RetirementOptions) {
    this.#options = options;
  }

  /** Marks the server. It is emptied in the background, and leaves when nothing needs it. */
  async begin(member: Member, context?: CallContext): Promise<void> {
    const { members } = this.#options;
    const others = members.all.filter((other) => other !== member && !other.retiring);
    if (others.length === 0) {
      throw new HoldfastError(
        'not-empty',
        `${member.name} is the only server that stays; add another one before retiring it.`,
      );
    }
    await this.#mark(member, context);
  }

  /** Lets those leave whose chunks all have enough copies elsewhere. */
  async round(): Promise<void> {
    await this.#turns.run(() => this.#finish());
    for (const member of this.#options.members.all) await this.#turns.run(() => this.#look(member));
  }

  /** How far a server is that retires. */
  progress({ store }: Member): { readonly chunksLeft?: number } {
    const chunksLeft = this.#needed.get(store);
    return chunksLeft === undefined ? {} : { chunksLeft };
  }

  /** Refuses while the server lives, or some chunk has its only copy there, unless `acceptLoss`. */
  async forget(member: Member, acceptLoss: boolean, context?: CallContext): Promise<void> {
    await this.#turns.run(() => this.#forget(member, acceptLoss, context));
  }

  async #look(member: Member): Promise<void> {
    if (member.retiring && (await this.#isDispensable(member))) {
      await this.#drain(member);
      const isDispensable = (): Promise<boolean> => this.#isDispensable(member);
      if (!(await this.#leave(member, { how: 'retired', isDispensable }))) return;
      this.#options.members.emit('directory', `${member.name} is empty and has left the cluster`);
    } else if (member.leaving) {
      // It was about to leave when its frontend ended, and is needed after all.
      await this.#setLeaving(member, false);
    }
  }

  async #forget(member: Member, acceptLoss: boolean, context?: CallContext): Promise<void> {
    if (member.reachable) {
      throw new HoldfastError(
        'not-empty',
        `${member.name} is running. Retire it, so that what it holds is copied first, or stop it.`,
      );
    }
    if (acceptLoss) return await this.#remove(member, 'forgotten', context);
    let onlyThere = 0;
    const isDispensable = async (): Promise<boolean> => {
      const generations = await this.#enrolledGenerations();
      onlyThere = await this.#count(
        member,
        (chunk) => confirmedElsewhere(chunk, member, generations) === 0,
      );
      return onlyThere === 0;
    };
    if (await this.#leave(member, { how: 'forgotten', isDispensable }, context)) return;
    throw new HoldfastError(
      'not-empty',
      `${onlyThere} parts of files are on ${member.name} only. Start it and retire it, or give them up with --accept-loss.`,
      { details: { chunks: onlyThere } },
    );
  }

  /** Sends nothing more there, and lets what was sent come to its commit while that still counts. */
  async #drain(member: Member): Promise<void> {
    const { flights, clock } = this.#options;
    member.leaving = true;
    const landed = new AbortController();
    void flights.landed().then(() => landed.abort());
    await sleep(clock, LIMITS.drainMs, landed.signal).catch(() => {});
  }

  /** Removes the server if `isDispensable` still holds once nothing rests on it any more. */
  async #leave(
    member: Member,
    { how, isDispensable }: Leave,
    context?: CallContext,
  ): Promise<boolean> {
    await this.#setLeaving(member, true);
    let emptied = false;
    try {
      if (!(await isDispensable())) return false;
      await this.#options.directory.emptyStore(member.store);
      emptied = true;
    } finally {
      if (!emptied) await this.#setLeaving(member, false);
    }
    await this.#remove(member, how, context);
    return true;
  }

  async #setLeaving(member: Member, leaving: boolean): Promise<void> {
    await this.#options.directory.changeStore(member.store, (known) => ({
      ...known,
      leaving,
    }));
    member.leaving = leaving;
  }

  async #isDispensable(member: Member): Promise<boolean> {
    const { directory } = this.#options;
    if (!this.#directoryStays(member)) return false;
    const record = (await directory.stores()).find(({ store }) => store === member.store);
    // Its files must have other stores first.
    if (record?.placedFor !== 'retiring') return false;
    const generations = this.#liveGenerations();
    let misplaced = 0;
    const needed = await this.#count(member, (chunk) => {
      if (chunk.wanted.includes(member.store)) misplaced++;
      return confirmedElsewhere(chunk, member, generations) < chunk.wanted.length;
    });
    this.#needed.set(member.store, needed);
    // Files that were given their stores before it began to retire, and written after the walk.
    if (misplaced > 0) {
      await directory.changeStore(member.store, (known) => ({ ...known, placedFor: 'serving' }));
    }
    return needed === 0 && misplaced === 0;
  }

  /** The directory, with the files that it keeps itself, is on another store, which stays. */
  #directoryStays({ store }: Member): boolean {
    const { members, view } = this.#options;
    const { stores } = view.status.view;
    return members.live.some(
      (other) => other.store !== store && !other.retiring && stores.includes(other.store),
    );
  }

  /** Of all enrolled stores, as they are now: a copy of an earlier generation may be gone. */
  async #enrolledGenerations(): Promise<Generations> {
    const records = await this.#options.directory.stores();
    return new Map(records.map(({ store, generation }) => [store, generation]));
  }

  /** Nobody leaves on the strength of copies on servers that are not there now. */
  #liveGenerations(): Generations {
    return new Map(this.#options.members.live.map(({ store, generation }) => [store, generation]));
  }

  async #mark(member: Member, context: CallContext | undefined): Promise<void> {
    member.retiring = true;
    const { directory } = this.#options;
    const retiring = (known: StoreRecord): StoreRecord => ({ ...known, retiring: true });
    await directory.changeStore(member.store, retiring, context);
    // What was read of the store before that may have been recalled meanwhile.
    member.retiring = true;
  }

  /**
   * No file is to be given a store that is about to be unknown. That is on record with the departure, in
   * the commit that has the answer to the call: a mark of its own would outlive a frontend that ends in
   * between, and have the server leave by itself before the call comes again.
   */
  async #remove(member: Member, how: Departure, context?: CallContext): Promise<void> {
    const { retiring } = member;
    member.retiring = true;
    try {
      await this.#depart(member.store, how, context);
    } catch (error) {
      const departed = await this.#options.directory.departedStores().catch(() => []);
      member.retiring = retiring || departed.some(({ store }) => store === member.store);
      throw error;
    }
  }

  /** The directory has it on record first: what comes after is done again if the frontend ends. */
  async #depart(store: StoreId, how: Departure, context?: CallContext): Promise<void> {
    const { directory, members, view } = this.#options;
    await directory.removeStore(store, how, context);
    await view.retire(store);
    members.remove(store);
    this.#needed.delete(store);
  }

  /**
   * Goes on with departures that a frontend did not live to complete; and sends away a store that left
   * and was let into the view all the same, at a start, when nothing could be read yet.
   */
  async #finish(): Promise<void> {
    const { directory, members, view } = this.#options;
    const present = new Set(view.status.roster.map(({ store }) => store));
    for (const { store } of members.all) present.add(store);
    for (const { store, how } of await directory.departedStores()) {
      if (present.has(store)) await this.#depart(store, how);
    }
  }

  async #count(member: Member, matches: (chunk: ChunkInfo) => boolean): Promise<number> {
    let count = 0;
    let after: ChunkId | undefined;
    for (;;) {
      const limit = LIMITS.inventoryBatch;
      const { directory } = this.#options;
      const chunks = await directory.chunksOn(member.store, after, limit);
      const matching = chunks.filter(matches);
      // What was deleted while the server was away is missed by nobody.
      if (matching.length > 0) count += (await directory.referenced(matching)).length;
      after = chunks.at(-1);
      if (after === undefined || chunks.length < limit) return count;
    }
  }
}

function confirmedElsewhere(chunk: ChunkInfo, member: Member, generations: Generations): number {
  return chunk.holders.filter(
    ({ store, generation, confirmed }) =>
      confirmed && store !== member.store && generation === generations.get(store),
  ).length;
}
