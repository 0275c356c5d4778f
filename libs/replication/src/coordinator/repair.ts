import { DATA_LIMITS, HoldfastError, type RepairStatus } from '@holdfast/contracts';
import type { ChunkInfo, Directory } from '@holdfast/directory';
import { type Clock, Semaphore, reached } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { HolderNotes } from './holder-notes.ts';
import type { Member } from './member.ts';
import type { Members } from './members.ts';
import { RepairBacklog } from './repair-backlog.ts';
import { RepairPace } from './repair-pace.ts';
import { RepairPaths } from './repair-paths.ts';
import { RepairPlan, type Transfer, copyKey } from './repair-plan.ts';
import { type CopyWork, RepairRate } from './repair-rate.ts';
import { whyRepairWaits } from './repair-waits.ts';

export interface RepairOptions {
  readonly directory: Directory;
  readonly members: Members;
  readonly epoch: () => number;
  readonly clock: Clock;
  /** How many chunks users have written so far: repair gives way to them. */
  readonly userWrites: () => number;
  readonly onProblem: (target: Member, error: unknown) => void;
}

/** What came of looking through everything once. */
export interface RepairRound {
  /** Copies that were to be made. */
  readonly planned: number;
  readonly repaired: number;
}

/** What a target answered, and the generation that it had when it was asked. */
interface Pulled {
  readonly generation: number;
  readonly positions: readonly number[];
  readonly movedBytes: number;
}

/**
 * Gives every wanted store the chunks that it lacks, worst first; the store that lacks them pulls
 * from one that has them, directly (§P6).
 */
export class Repair {
  readonly #options: RepairOptions;
  readonly #pace: RepairPace;
  readonly #rate: RepairRate;
  readonly #backlog = new RepairBacklog();
  readonly #paths: RepairPaths;
  readonly #notes: HolderNotes;
  /** By target and size of chunks. */
  readonly #lanes = new Map<string, Semaphore>();
  /** Copies that are being made. */
  readonly #underWay = new Set<string>();
  /** What the last transfer failed of, while none has succeeded since. */
  #failure: string | undefined;

  constructor(options: RepairOptions) {
    this.#options = options;
    this.#pace = new RepairPace(options);
    this.#rate = new RepairRate(options.clock);
    this.#paths = new RepairPaths(options.clock);
    this.#notes = new HolderNotes(options.directory, options.clock);
  }

  /** Goes through everything under-replicated once. */
  async round(signal: AbortSignal): Promise<RepairRound> {
    const { directory, members } = this.#options;
    const stores = members.all.map(({ store }) => store);
    await members.arrivals(stores, LIMITS.repairArrivalMs, signal);
    const plan = new RepairPlan(members, this.#paths, this.#underWay);
    const moving = new Set<Promise<void>>();
    let [planned, repaired] = [0, 0];
    const begin = (transfer: Transfer): void => {
      const moved = this.#repair(transfer, signal).then((count) => {
        repaired += count;
        moving.delete(moved);
      });
      moving.add(moved);
      planned += transfer.chunks.length;
    };
    let after: ChunkInfo | undefined;
    this.#backlog.beginWalk(await this.left());
    do {
      const page = await directory.underReplicated(LIMITS.repairPageChunks, after);
      plan.add(page);
      const transfers = plan.take();
      this.#backlog.planned(page.length, workOf(transfers));
      for (const transfer of transfers) {
        while (this.#isAheadEnough(moving.size)) await Promise.race(moving);
        begin(transfer);
      }
      after = page.length < LIMITS.repairPageChunks ? undefined : page.at(-1);
    } while (after && !signal.aborted);
    this.#backlog.endWalk();
    await Promise.all(moving);
    return { planned, repaired };
  }

  #isAheadEnough(transfers: number): boolean {
    if (transfers === 0) return false;
    return transfers >= LIMITS.repairTransfers || this.#underWay.size >= LIMITS.repairCopies;
  }

  /** How many chunks lack copies now. */
  async left(): Promise<number> {
    return (await this.#options.directory.counts()).underReplicated;
  }

  async status(): Promise<RepairStatus> {
    const { underReplicated, singleCopy } = await this.#options.directory.counts();
    const secondsLeft = this.#rate.secondsFor(this.#backlog.left);
    const waits = underReplicated > 0 ? await this.#whyItWaits() : undefined;
    return {
      underReplicated,
      singleCopy,
      ...(await this.#countOnlyOnGone()),
      bytesPerSecond: this.#rate.bytesPerSecond,
      ...(this.#backlog.isMoving && secondsLeft !== undefined ? { secondsLeft } : {}),
      ...(waits === undefined ? {} : { waits }),
    };
  }

  /** Undefined while copies are being made, or soon will be. */
  async #whyItWaits(): Promise<string | undefined> {
    if (this.#backlog.isMoving) return undefined;
    const { directory, members } = this.#options;
    const worst = await directory.underReplicated(LIMITS.worstPageChunks);
    return whyRepairWaits(worst, members) ?? this.#failure;
  }

  /** Never rejects: what fails is told, and found again in the next round. */
  async #repair(transfer: Transfer, signal: AbortSignal): Promise<number> {
    const { target, source, chunks } = transfer;
    const copies = chunks.map((chunk) => copyKey(chunk, target));
    for (const copy of copies) this.#underWay.add(copy);
    this.#rate.begin();
    try {
      return await this.#move(transfer, signal);
    } catch (error) {
      if (signal.aborted) return 0;
      this.#paths.failed(target, source);
      this.#failure = `${target.name} could not be given copies: ${messageOf(error)}`;
      this.#options.onProblem(target, error);
      return 0;
    } finally {
      this.#backlog.over(workOf([transfer]));
      for (const copy of copies) this.#underWay.delete(copy);
    }
  }

  /** Large chunks keep the servers busy, and small ones the frontend: neither waits for the other. */
  #laneOf({ target, chunks, bytes }: Transfer): Semaphore {
    const size = bytes > chunks.length * DATA_LIMITS.inlineFileBytes ? 'large' : 'small';
    const key = `${target.store} ${size}`;
    const lane = this.#lanes.get(key) ?? new Semaphore(LIMITS.repairsPerTarget);
    this.#lanes.set(key, lane);
    return lane;
  }

  async #move(transfer: Transfer, signal: AbortSignal): Promise<number> {
    let turn: Disposable | undefined;
    try {
      // The target goes on with the next chunks while these are noted.
      const pulled = await this.#laneOf(transfer).run(async () => {
        turn = await this.#pace.enter(signal);
        return await this.#pull(transfer, signal);
      });
      return pulled ? await this.#note(transfer, pulled) : 0;
    } finally {
      turn?.[Symbol.dispose]();
    }
  }

  async #note({ target, source, chunks }: Transfer, pulled: Pulled): Promise<number> {
    POINT: reached('repair.pulled');
    const position = Math.max(...pulled.positions);
    target.position = Math.max(target.position, position);
    const { generation } = pulled;
    const holder = { store: target.store, generation, confirmed: true, position };
    const got = chunks.filter((_, i) => (pulled.positions[i] ?? -1) >= 0);
    const lacking = chunks.filter((_, i) => (pulled.positions[i] ?? -1) < 0);
    await this.#notes.add(got.map(({ file, hash }) => ({ file, hash, holder })));
    POINT: reached('repair.recorded');
    this.#rate.note({ copies: got.length, bytes: pulled.movedBytes });
    if (got.length > 0) this.#failure = undefined;
    if (lacking.length > 0) await this.#dropMissing({ target, source, chunks: lacking });
    return got.length;
  }

  /** Undefined where one of the two is not there for it any more. */
  async #pull(
    { target, source, chunks }: Omit<Transfer, 'bytes'>,
    signal: AbortSignal,
  ): Promise<Pulled | undefined> {
    const { connection } = source;
    if (signal.aborted || !connection || !target.acceptsWrites) return undefined;
    const { generation } = target;
    const { positions, movedBytes } = await target.transfer((remote, dropped) =>
      remote.pull(
        {
          epoch: this.#options.epoch(),
          chunks: chunks.map(({ file, hash, length }) => ({ file, hash, length })),
          from: { name: source.name, address: connection.address },
        },
        { signal: AbortSignal.any([signal, dropped]) },
      ),
    );
    return { generation, positions, movedBytes };
  }

  /**
   * A source is believed to lack chunks if it says so itself: at the address that it announces,
   * another server may answer the target, and knows nothing of them (§P2).
   */
  async #dropMissing({ target, source, chunks }: Omit<Transfer, 'bytes'>): Promise<void> {
    const ids = chunks.map(({ file, hash }) => ({ file, hash }));
    const { whole } = await source.read((remote) => remote.verify({ chunks: ids }));
    const missing = ids.filter((_, i) => whole[i] === false);
    if (missing.length > 0) await this.#options.directory.dropHolders(source.store, missing);
    if (missing.length === ids.length) return;
    const address = source.connection?.address ?? 'its address';
    throw new HoldfastError(
      'unavailable',
      `${target.name} did not get from ${address} what ${source.name} has. Is that the address at which other servers reach ${source.name}? It stands in the server.json of ${source.name}.`,
      { details: { server: source.name } },
    );
  }

  /**
   * Looks at the worst copied chunks only. There may be more among the others, and among those that
   * have all their copies, on servers that are gone; none while no server is gone.
   */
  async #countOnlyOnGone(): Promise<Pick<RepairStatus, 'onlyOnGone' | 'onlyOnGoneIsLeast'>> {
    const { directory, members } = this.#options;
    if (members.all.every(({ reachable }) => reachable)) {
      return { onlyOnGone: 0, onlyOnGoneIsLeast: false };
    }
    const worst = await directory.underReplicated(LIMITS.worstChunks);
    const found = worst.filter(
      ({ holders }) =>
        holders.length > 0 && !holders.some(({ store }) => members.find(store)?.reachable),
    );
    return { onlyOnGone: found.length, onlyOnGoneIsLeast: true };
  }
}

function workOf(transfers: readonly Transfer[]): CopyWork {
  const sum = (measure: (transfer: Transfer) => number): number =>
    transfers.reduce((total, transfer) => total + measure(transfer), 0);
  return { copies: sum(({ chunks }) => chunks.length), bytes: sum(({ bytes }) => bytes) };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
