import {
  type ChunkId,
  DATA_LIMITS,
  HoldfastError,
  type StoreId,
  isHoldfastError,
} from '@holdfast/contracts';
import type { Holder } from '@holdfast/directory';
import type { ByteParts } from '@holdfast/kernel';
import { holdersInOrder } from '@holdfast/placement';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { Member } from './member.ts';
import type { Members } from './members.ts';

export interface ChunkToRead {
  readonly chunk: ChunkId;
  readonly length: number;
  readonly holders: readonly Holder[];
  /** Names of servers whose copy a client found to be wrong. */
  readonly exclude?: readonly string[];
  /** Names of servers that would not give it to a client. */
  readonly suspects?: readonly string[];
}

/** Told about a copy that is not there, or not right, although the directory says so. */
export type BadCopyListener = (store: StoreId, chunk: ChunkId) => void;

/** Reads a chunk from the best live holder, and from the next one if that fails (§P2, §P4). */
export class ChunkReader {
  readonly #members: Members;
  readonly #onBadCopy: BadCopyListener;

  constructor(members: Members, onBadCopy: BadCopyListener) {
    this.#members = members;
    this.#onBadCopy = onBadCopy;
  }

  /** Rejects with `damaged` if every reachable copy is bad, with `unavailable` if none is reachable. */
  async read(
    wanted: ChunkToRead,
    signal: AbortSignal,
  ): Promise<{ content: ByteParts; server: string }> {
    const failures: unknown[] = [];
    for (const member of this.#inOrder(wanted)) {
      signal.throwIfAborted();
      try {
        return { content: await this.#readFrom(member, wanted, signal), server: member.name };
      } catch (error) {
        failures.push(error);
        if (isHoldfastError(error, 'damaged', 'not-found'))
          this.#onBadCopy(member.store, wanted.chunk);
      }
    }
    throw this.#unreadable(wanted, failures);
  }

  /** Whether somebody who should have a chunk can be asked for it. */
  reaches(holders: readonly Holder[]): boolean {
    return holders.some(({ store }) => this.#members.find(store)?.reachable);
  }

  /**
   * Confirmed holders first, live ones before others, the least busy first. But whoever would not give
   * the chunk to a client is asked before them: if it does not have it, that must be noted.
   */
  #inOrder(wanted: ChunkToRead): readonly Member[] {
    const candidates = wanted.holders.flatMap((holder) => {
      const member = this.#members.find(holder.store);
      if (!member?.reachable || wanted.exclude?.includes(member.name)) return [];
      const { live, outstandingReads, latencyMs } = member;
      const confirmed = holder.confirmed && holder.generation === member.generation;
      return [{ member, live, confirmed, outstandingReads, latencyMs }];
    });
    const inOrder = holdersInOrder(candidates).map(({ member }) => member);
    const { suspects = [] } = wanted;
    if (suspects.length === 0) return inOrder;
    const isSuspect = (member: Member): boolean => suspects.includes(member.name);
    return [...inOrder.filter(isSuspect), ...inOrder.filter((member) => !isSuspect(member))];
  }

  async #readFrom(member: Member, wanted: ChunkToRead, signal: AbortSignal): Promise<ByteParts> {
    const options = { signal, timeoutMs: LIMITS.readStallMs };
    const params = { chunk: wanted.chunk };
    const small = wanted.length <= DATA_LIMITS.inlineFileBytes;
    const { content } = await member.read((remote) =>
      small ? remote.get(params, options) : remote.getLarge(params, options),
    );
    return content;
  }

  #unreadable(wanted: ChunkToRead, failures: readonly unknown[]): HoldfastError {
    if (wanted.holders.length === 0) {
      throw new HoldfastError(
        'damaged',
        'No server has a whole copy of a part of this file any more. An older version may be whole: see "history".',
      );
    }
    const names = wanted.holders.map((holder) => this.#members.nameOf(holder.store));
    const details = { servers: names };
    const reachedAll = failures.length > 0 && failures.length >= wanted.holders.length;
    if (reachedAll && failures.every((error) => isHoldfastError(error, 'damaged', 'not-found'))) {
      return new HoldfastError(
        'damaged',
        `Every copy of a part of this file is damaged (${names.join(', ')}). An older version may be whole: see "history".`,
        { cause: failures[0], details },
      );
    }
    const where = names.length === 0 ? 'no server' : names.join(', ');
    return new HoldfastError(
      'unavailable',
      `A part of this file is only on servers that do not answer now: ${where}. Start one of them and try again.`,
      { cause: failures[0], details },
    );
  }
}
