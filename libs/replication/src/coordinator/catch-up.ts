import { type DirectoryId, type StoreId, type StoreStand, lineageOf } from '@holdfast/contracts';
import type { Directory, StoreRecord } from '@holdfast/directory';
import { type Clock, reached, sleep } from '@holdfast/kernel';
import type { Inventory } from './inventory.ts';
import type { JournalView } from './journal-view.ts';
import type { Member } from './member.ts';
import type { Members } from './members.ts';
import { StoreJournalCopy } from './store-journal-copy.ts';
import { REPLICATION_LIMITS } from '../limits.ts';

export interface CatchUpOptions {
  readonly members: Members;
  readonly directory: Directory;
  readonly view: JournalView;
  readonly inventory: Inventory;
  readonly clock: Clock;
  readonly directoryId: DirectoryId;
  readonly onProblem: (member: Member, error: unknown) => void;
}

/** How a store comes (back): what it says of itself, against what it once said. */
export interface Arrival {
  readonly stand: StoreStand;
  /** The highest position that the store named before. */
  readonly reached: number;
  /** Set where the store takes the place of one whose disk was lost. */
  readonly adoptId: StoreId | undefined;
}

/** One registration of a store, until it is live or its connection is over. */
interface Registration {
  readonly copy: StoreJournalCopy;
  readonly member: Member;
  readonly arrival: Arrival;
  /** Once it is known: holders of lower generations are in doubt. */
  leastGeneration: number | undefined;
}

/**
 * Brings a registered store to the present before it serves: accepted under this epoch, journal
 * complete and in view, holders that it may have forgotten settled by its inventory.
 */
export class CatchUp {
  readonly #options: CatchUpOptions;

  constructor(options: CatchUpOptions) {
    this.#options = options;
  }

  /** Goes on in the background, and again after failures, while the connection lasts. */
  begin(member: Member, arrival: Arrival): void {
    void this.#untilLive(member, arrival);
  }

  async #untilLive(member: Member, arrival: Arrival): Promise<void> {
    const { onProblem, directoryId: directory } = this.#options;
    const connection = member.connection;
    const copy = new StoreJournalCopy({ member, directory, adoptId: arrival.adoptId });
    const registration: Registration = { copy, member, arrival, leastGeneration: undefined };
    const { catchUpRetryMs, catchUpRetryMaxMs } = REPLICATION_LIMITS;
    for (
      let pauseMs: number = catchUpRetryMs;
      ;
      pauseMs = Math.min(2 * pauseMs, catchUpRetryMaxMs)
    ) {
      const served = this.#serves;
      try {
        if ((await this.#once(registration)) === 'done') return;
      } catch (error) {
        if (member.connection === connection) onProblem(member, error);
      }
      if (member.connection !== connection || !connection) return;
      await this.#rest(pauseMs, { ended: connection.ended, served });
      if (member.connection !== connection) return;
    }
  }

  get #serves(): boolean {
    return this.#options.view.status.state === 'serving';
  }

  /** Ends early once the directory serves, if it did not before: most of what failed was for want of that. */
  async #rest(
    ms: number,
    { ended, served }: { ended: AbortSignal; served: boolean },
  ): Promise<void> {
    const { clock, view } = this.#options;
    const over = new AbortController();
    const endIfServing = (): void => {
      if (!served && this.#serves) over.abort();
    };
    using _watch = view.onStatus(endIfServing);
    endIfServing();
    await sleep(clock, ms, AbortSignal.any([ended, over.signal])).catch(() => {});
  }

  /** `waiting`: the directory must hear other stores of its last view first. */
  async #once(registration: Registration): Promise<'done' | 'waiting'> {
    const { copy, member, arrival } = registration;
    const { directory, directoryId, inventory, members, view } = this.#options;
    const { connection } = member;
    // After each wait: a newer registration may speak for the store now, or it was forgotten.
    const isOver = (): boolean =>
      member.connection !== connection || members.find(member.store) !== member;
    if (!connection) return 'done';
    // Before the store is given anything, where that can be recorded; else as soon as it can be.
    if (view.status.writable) await this.#doubt(registration, isOver);
    if (isOver()) return 'done';
    const { suspicions } = member;
    if ((await view.joinView(copy)) === 'waiting') return 'waiting';
    POINT: reached('catch-up.joined', [member.name]);
    if (isOver()) return 'done';
    const known = await this.#doubt(registration, isOver);
    if (isOver()) return 'done';
    const lineage = lineageOf(view.status.epoch);
    const accepted = await connection.remote.accept({
      epoch: view.status.epoch,
      directory: directoryId,
      generation: known?.generation ?? Math.max(1, arrival.stand.generation),
    });
    POINT: reached('catch-up.accepted', [member.name]);
    if (isOver()) return 'done';
    const { generation } = accepted.stand;
    registration.leastGeneration = generation;
    member.generation = generation;
    member.position = accepted.stand.position;
    member.retiring = known?.retiring ?? false;
    if (!known) await directory.putStore({ ...enrolled(member), lineage });
    else if (!(await this.#noteReturn(member, lineage))) return 'waiting';
    POINT: reached('catch-up.noted', [member.name]);
    if (known && settledIn(known) !== generation) {
      await inventory.settle(member);
      POINT: reached('catch-up.settled', [member.name]);
      await directory.changeStore(member.store, (now) =>
        now.generation === generation ? { ...now, settledGeneration: generation } : undefined,
      );
    }
    if (isOver()) return 'done';
    // Whoever was dropped again meanwhile must join again, or nobody would ever let it in.
    if (member.suspicions !== suspicions) return 'waiting';
    members.change(member, 'live');
    return 'done';
  }

  /**
   * Puts what a store may have forgotten in doubt, in the directory and before the store has its new
   * generation: no holder of an emptied or older disk counts as confirmed at any moment after.
   */
  async #doubt(
    registration: Registration,
    isOver: () => boolean,
  ): Promise<StoreRecord | undefined> {
    const { arrival, member } = registration;
    const known = await this.#known(member);
    if (!known || isOver()) return known;
    const least = (registration.leastGeneration ??= leastGeneration(
      arrival,
      known,
      lineageOf(this.#options.view.status.epoch),
    ));
    if (known.generation >= least) return known;
    member.generation = least;
    const { position } = arrival.stand;
    await this.#options.directory.changeStore(member.store, (now) =>
      now.generation < least && !isOver()
        ? { ...now, settledGeneration: settledIn(now), generation: least, position }
        : undefined,
    );
    return await this.#known(member);
  }

  async #known({ store }: Member): Promise<StoreRecord | undefined> {
    return (await this.#options.directory.stores()).find((record) => record.store === store);
  }

  /** False if the store was put in doubt meanwhile: it must be accepted anew, in that generation. */
  async #noteReturn(member: Member, lineage: number): Promise<boolean> {
    let isCurrent = true;
    await this.#options.directory.changeStore(member.store, (now) => {
      isCurrent = now.generation <= member.generation;
      return isCurrent ? { ...returned(member, now), lineage } : undefined;
    });
    return isCurrent;
  }
}

/** The generation in which what the directory says of a store was last found true. */
function settledIn({ settledGeneration, generation }: StoreRecord): number {
  return settledGeneration ?? generation;
}

/**
 * A store behind what it once acknowledged has forgotten something, and so has a replaced disk. One
 * that missed a generation is another disk than the one that served in it, whatever its position. And
 * what a store deleted while changes were made that a rebuild has given up, the directory cannot know.
 */
function leastGeneration(
  { stand, reached, adoptId }: Arrival,
  known: StoreRecord,
  lineage: number,
): number {
  const forgot =
    adoptId !== undefined ||
    (known.lineage ?? 0) < lineage ||
    stand.position < Math.max(known.position, reached) ||
    stand.generation < known.generation;
  return forgot ? Math.max(known.generation, stand.generation) + 1 : known.generation;
}

function returned(member: Member, known: StoreRecord): StoreRecord {
  return {
    ...known,
    name: member.name,
    address: member.connection?.address ?? known.address,
    incarnation: member.connection?.incarnation ?? known.incarnation,
    generation: member.generation,
    settledGeneration: settledIn(known),
    position: member.position,
  };
}

function enrolled(member: Member): StoreRecord {
  return {
    store: member.store,
    name: member.name,
    address: member.connection?.address ?? '',
    incarnation: member.connection?.incarnation ?? 0,
    generation: member.generation,
    settledGeneration: member.generation,
    position: member.position,
    retiring: false,
    enrolledMs: member.lastSeenWallMs,
  };
}
