import {
  type ChunkId,
  DATA_LIMITS,
  HoldfastError,
  type StoreId,
  isHoldfastError,
} from '@holdfast/contracts';
import type { AcknowledgedHolder } from '@holdfast/directory';
import { type ByteParts, partsLength } from '@holdfast/kernel';
import type { Member } from './member.ts';
import type { Members } from './members.ts';
import { SmallPuts } from './small-puts.ts';

/** Copies below which a write fails; a version with fewer is never acknowledged (§P1). */
export const MIN_WRITE = 1;

export interface WrittenChunk {
  readonly holders: readonly AcknowledgedHolder[];
  /** Wanted stores that do not have the chunk. */
  readonly missing: readonly StoreId[];
}

/** Sends chunks to all their stores at once, and goes on without those that fail (§P4). */
export class ChunkWriter {
  readonly #members: Members;
  readonly #epoch: () => number;
  readonly #smallPuts = new WeakMap<Member, SmallPuts>();
  /** Chunks that were to be written so far, by whoever sends them. */
  begun = 0;

  constructor(members: Members, epoch: () => number) {
    this.#members = members;
    this.#epoch = epoch;
  }

  /**
   * Resolves when every live store of `wanted` has the chunk on stable storage or was given up.
   * Rejects with `unavailable` or `no-space` if fewer than `MIN_WRITE` have it.
   */
  async write(
    chunk: ChunkId,
    content: ByteParts,
    wanted: readonly StoreId[],
  ): Promise<WrittenChunk> {
    this.begun++;
    const failures: unknown[] = [];
    const targets = this.targets(wanted);
    const holders = await this.#putOnAll(targets, chunk, content, failures);
    for (const member of this.#substitutes(targets)) {
      if (holders.length >= MIN_WRITE) break;
      holders.push(...(await this.#putOnAll([member], chunk, content, failures)));
    }
    if (holders.length < MIN_WRITE) throw this.#noneTook(wanted, failures);
    const have = new Set(holders.map((holder) => holder.store));
    return { holders, missing: wanted.filter((store) => !have.has(store)) };
  }

  /**
   * Notes on every live store of `wanted` that chunks are wanted again. Resolves with the stores that
   * have each of them, in order; a store that does not answer has none.
   */
  async touch(
    chunks: readonly ChunkId[],
    wanted: readonly StoreId[],
  ): Promise<readonly (readonly AcknowledgedHolder[])[]> {
    const targets = this.targets(wanted);
    const having = await Promise.all(
      targets.map((member) => this.#touch(member, chunks).catch(() => [])),
    );
    return chunks.map((_, index) =>
      having.map((holders) => holders[index]).filter((holder) => holder !== undefined),
    );
  }

  /** The wanted stores that take writes now. */
  targets(wanted: readonly StoreId[]): readonly Member[] {
    return wanted
      .map((store) => this.#members.find(store))
      .filter((member) => member?.acceptsWrites)
      .filter((member) => member !== undefined);
  }

  /** Stores that can keep a chunk until a wanted one takes it, where none of those does (§P4). */
  #substitutes(tried: readonly Member[]): readonly Member[] {
    return this.#members.live.filter((member) => member.acceptsWrites && !tried.includes(member));
  }

  /** The holders among `targets` that took it; the errors of the others go into `failures`. */
  async #putOnAll(
    targets: readonly Member[],
    chunk: ChunkId,
    content: ByteParts,
    failures: unknown[],
  ): Promise<AcknowledgedHolder[]> {
    const attempts = await Promise.all(
      targets.map((member) =>
        this.#put(member, chunk, content).catch((error: unknown) => {
          failures.push(error);
          return undefined;
        }),
      ),
    );
    return attempts.filter((holder) => holder !== undefined);
  }

  async #put(member: Member, chunk: ChunkId, content: ByteParts): Promise<AcknowledgedHolder> {
    const { generation } = member;
    const small = partsLength(content) <= DATA_LIMITS.inlineFileBytes;
    const position = small
      ? await this.#smallPutsOf(member).put(chunk, content)
      : await this.#putLarge(member, chunk, content);
    member.position = Math.max(member.position, position);
    return { store: member.store, generation, confirmed: true, position };
  }

  async #putLarge(member: Member, chunk: ChunkId, content: ByteParts): Promise<number> {
    const params = { epoch: this.#epoch(), chunk, content };
    const { position } = await member.write((remote, signal) =>
      remote.putLarge(params, { signal }),
    );
    return position;
  }

  #smallPutsOf(member: Member): SmallPuts {
    const known = this.#smallPuts.get(member) ?? new SmallPuts(member, this.#epoch);
    this.#smallPuts.set(member, known);
    return known;
  }

  async #touch(
    member: Member,
    chunks: readonly ChunkId[],
  ): Promise<readonly (AcknowledgedHolder | undefined)[]> {
    const { generation, store } = member;
    const params = { epoch: this.#epoch(), chunks: [...chunks] };
    const { positions } = await member.write((remote, signal) => remote.touch(params, { signal }));
    member.position = Math.max(member.position, ...positions);
    return positions.map((position) =>
      position < 0 ? undefined : { store, generation, confirmed: true, position },
    );
  }

  #noneTook(wanted: readonly StoreId[], failures: readonly unknown[]): HoldfastError {
    const names = wanted.map((store) => this.#members.nameOf(store));
    const damaged = failures.find((error) => isHoldfastError(error, 'damaged'));
    if (damaged) {
      return new HoldfastError('damaged', 'The bytes that arrived do not match their hash.', {
        cause: damaged,
      });
    }
    const full = failures.some((error) => isHoldfastError(error, 'no-space'));
    return new HoldfastError(
      full ? 'no-space' : 'unavailable',
      full
        ? `No server has space left (${names.join(', ')}). Delete something or add a server.`
        : `No server takes writes now (${names.join(', ')}). Start a server and try again.`,
      { cause: failures[0], details: { servers: names } },
    );
  }
}
