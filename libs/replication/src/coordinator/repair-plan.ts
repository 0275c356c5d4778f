import type { ChunkInfo } from '@holdfast/directory';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { Member } from './member.ts';
import type { Members } from './members.ts';
import type { RepairPaths } from './repair-paths.ts';

/** Chunks that one store is to pull from another one in one call. */
export interface Transfer {
  readonly target: Member;
  readonly source: Member;
  readonly chunks: ChunkInfo[];
  bytes: number;
}

/** Who pulls which chunks from whom: what is to be repaired, in batches that one call can move. */
export class RepairPlan {
  readonly #members: Members;
  readonly #paths: RepairPaths;
  readonly #underWay: ReadonlySet<string>;
  readonly #open = new Map<string, Transfer>();
  readonly #full: Transfer[] = [];
  /** Bytes that each source was asked for, so that several of them share the work. */
  readonly #asked = new Map<Member, number>();

  /** `underWay`: copies that are being made already, named by `copyKey`. */
  constructor(members: Members, paths: RepairPaths, underWay: ReadonlySet<string>) {
    this.#members = members;
    this.#paths = paths;
    this.#underWay = underWay;
  }

  add(chunks: readonly ChunkInfo[]): void {
    for (const chunk of chunks) {
      for (const target of this.#targets(chunk)) {
        const source = this.#source(chunk, target);
        if (source) this.#assign(chunk, target, source);
      }
    }
  }

  /** In the order in which their chunks were given; nothing is left open. */
  take(): readonly Transfer[] {
    const all = [...this.#full.splice(0), ...this.#open.values()];
    this.#open.clear();
    return all;
  }

  #assign(chunk: ChunkInfo, target: Member, source: Member): void {
    const transfer = this.#transfer(chunk, target, source);
    transfer.chunks.push(chunk);
    transfer.bytes += chunk.length;
    this.#asked.set(source, (this.#asked.get(source) ?? 0) + chunk.length);
  }

  /** The open one if the chunk still fits in; else another one. */
  #transfer(chunk: ChunkInfo, target: Member, source: Member): Transfer {
    const key = `${target.store} ${source.store}`;
    const open = this.#open.get(key);
    if (open && hasRoom(open, chunk)) return open;
    if (open) this.#full.push(open);
    const transfer: Transfer = { target, source, chunks: [], bytes: 0 };
    // Behind those that were opened before it.
    this.#open.delete(key);
    this.#open.set(key, transfer);
    return transfer;
  }

  #source(chunk: ChunkInfo, target: Member): Member | undefined {
    const sources = chunk.holders
      .map((holder) => ({ holder, member: this.#members.find(holder.store) }))
      .filter(
        ({ holder, member }) =>
          holder.confirmed && member?.live && holder.generation === member.generation,
      )
      .map(({ member }) => member)
      .filter((member) => member !== undefined);
    const load = (member: Member): number => this.#asked.get(member) ?? 0;
    const failed = (member: Member): number => this.#paths.failedMs(target, member);
    return sources.sort(
      (a, b) =>
        failed(a) - failed(b) || load(a) - load(b) || a.outstandingReads - b.outstandingReads,
    )[0];
  }

  #targets(chunk: ChunkInfo): readonly Member[] {
    return chunk.wanted
      .map((store) => this.#members.find(store))
      .filter((member) => member !== undefined)
      .filter(
        (member) =>
          member.acceptsWrites &&
          !isConfirmedOn(chunk, member) &&
          !this.#underWay.has(copyKey(chunk, member)),
      );
  }
}

function hasRoom({ chunks, bytes }: Transfer, { length }: ChunkInfo): boolean {
  return chunks.length < LIMITS.repairBatchChunks && bytes + length <= LIMITS.repairBatchBytes;
}

/** Names one copy of a chunk. */
export function copyKey({ file, hash }: ChunkInfo, target: Member): string {
  return `${file}${hash}${target.store}`;
}

function isConfirmedOn(chunk: ChunkInfo, member: Member): boolean {
  return chunk.holders.some(
    (holder) =>
      holder.confirmed && holder.store === member.store && holder.generation === member.generation,
  );
}
