import {
  DATA_LIMITS,
  HoldfastError,
  type ManifestEntry,
  type PutReceipt,
  type PutTicket,
} from '@holdfast/contracts';
import type { AcknowledgedHolder, Upload } from '@holdfast/directory';
import type { Clock, Timer } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { type ChunkWriter, MIN_WRITE, type WrittenChunk } from './chunk-writer.ts';
import type { Flights } from './flights.ts';
import type { Member, MemberConnection } from './member.ts';
import type { Members } from './members.ts';
import type { TicketDesk } from './ticket-desk.ts';

/** A chunk that a client was given tickets for, and of which it did not say yet who took it. */
export interface PutGrant {
  readonly chunk: ManifestEntry;
  readonly tickets: readonly PutTicket[];
  readonly targets: readonly Target[];
  /** From before the tickets were given out. */
  readonly flight: Disposable;
  readonly startedMs: number;
  /** When no ticket opens anything any more: then it is a stray on whatever server has it. */
  readonly expiry: Timer;
}

/** A server that is to take it, as it was then. */
interface Target {
  readonly member: Member;
  readonly connection: MemberConnection | undefined;
  readonly generation: number;
  /** The highest position that it had named. */
  readonly position: number;
}

export interface PutGrantsOptions {
  readonly members: Members;
  readonly writer: ChunkWriter;
  readonly flights: Flights;
  readonly desk: TicketDesk;
  readonly clock: Clock;
}

/**
 * Lets clients put chunks on stores without this frontend, and believes no client: what counts is the
 * receipt of each store. It was given after the tickets were, since its position is higher than any that
 * the store had named, and from then on nothing that was put is collected (§P5).
 */
export class PutGrants {
  readonly #options: PutGrantsOptions;
  readonly #restsUntilMs = new WeakMap<Upload, number>();

  constructor(options: PutGrantsOptions) {
    this.#options = options;
  }

  /** Undefined where the chunk had better be relayed. `onExpired`: nobody may say any more who took it. */
  grant(upload: Upload, chunk: ManifestEntry, onExpired: () => void): PutGrant | undefined {
    const { file, options, placement } = upload;
    const { members, writer, flights, desk, clock } = this.#options;
    if (clock.monotonicMs() < (this.#restsUntilMs.get(upload) ?? 0)) return undefined;
    const live = writer.targets(placement.stores);
    const fewest = Math.max(MIN_WRITE, options.require ?? 0);
    if (live.length < fewest || live.length > DATA_LIMITS.chainedStores) return undefined;
    const tickets = desk.issuePuts({ file, hash: chunk.hash }, live);
    if (tickets.length === 0) return undefined;
    writer.begun++;
    const positions = members.positions();
    const targets = live.map((member) => {
      const { connection, generation, store } = member;
      return { member, connection, generation, position: positions[store] ?? 0 };
    });
    return {
      ...{ chunk, tickets, targets },
      flight: flights.begin(positions),
      startedMs: clock.monotonicMs(),
      expiry: clock.schedule(LIMITS.putGrantMs, onExpired),
    };
  }

  /** Throws `invalid-argument` unless every server that was to take the chunk did. */
  written(upload: Upload, grant: PutGrant, receipts: readonly PutReceipt[]): WrittenChunk {
    const { placement, file } = upload;
    const { hash, length } = grant.chunk;
    const chunk = { file, hash, length };
    const holders = grant.targets.map((target): AcknowledgedHolder => {
      const { member, connection, generation } = target;
      // A server that came back may have forgotten what it had, and count its positions anew.
      const isSame = member.connection === connection && member.generation === generation;
      const receipt = receipts.find(({ server }) => server === member.name);
      const counts =
        isSame &&
        receipt &&
        receipt.position > target.position &&
        receipt.generation === generation &&
        this.#options.desk.isReceipt(receipt, member, chunk);
      if (!counts) throw noReceipt(member);
      const { position } = receipt;
      return { store: member.store, generation, confirmed: true, position };
    });
    grant.targets.forEach(({ member }, i) => {
      member.position = Math.max(member.position, holders[i]?.position ?? 0);
    });
    this.#measure(upload, grant);
    const have = new Set(holders.map(({ store }) => store));
    return { holders, missing: placement.stores.filter((store) => !have.has(store)) };
  }

  /** What took long goes through this frontend for a while, which sees then whether a server is slow. */
  #measure(upload: Upload, { startedMs }: PutGrant): void {
    const nowMs = this.#options.clock.monotonicMs();
    if (nowMs - startedMs >= LIMITS.slowPutMs) {
      this.#restsUntilMs.set(upload, nowMs + LIMITS.slowPutRestMs);
    }
  }
}

function noReceipt({ name }: Member): HoldfastError {
  return new HoldfastError(
    'invalid-argument',
    `There is no receipt of ${name} for this chunk that counts now. Send the chunk to the frontend.`,
  );
}
