import {
  type DirectoryId,
  type JournalRecord,
  type JournalTail,
  type Remote,
  type SnapshotStamp,
  type StoreContract,
  type StoreId,
  decodeRecords,
  encodeRecords,
} from '@holdfast/contracts';
import type { CopyStand, JournalCopy } from '@holdfast/directory';
import { joinParts } from '@holdfast/kernel';
import {
  fromWireLostTail,
  fromWireStamp,
  fromWireTail,
  toWireStamp,
  toWireTail,
} from '../store/wire-stamp.ts';
import type { Member } from './member.ts';

export interface StoreJournalCopyOptions {
  readonly member: Member;
  readonly directory: DirectoryId;
  /** Set where the store takes the place of one whose disk was lost. */
  readonly adoptId: StoreId | undefined;
}

/** The copy of the directory's journal on a member's store. */
export class StoreJournalCopy implements JournalCopy {
  readonly #options: StoreJournalCopyOptions;
  #acceptance: { readonly epoch: number; readonly done: Promise<void> } | undefined;

  constructor(options: StoreJournalCopyOptions) {
    this.#options = options;
  }

  get store(): StoreId {
    return this.#options.member.store;
  }

  get name(): string {
    return this.#options.member.name;
  }

  async stand(): Promise<CopyStand> {
    const { stand } = await this.#options.member.read((remote) => remote.report({}));
    const { epoch, journal, snapshot, lost } = stand;
    return {
      tail: fromWireTail(journal),
      epoch,
      ...(snapshot && { snapshot: fromWireStamp(snapshot) }),
      ...(lost && { lost: fromWireLostTail(lost) }),
    };
  }

  async append(epoch: number, records: readonly JournalRecord[]): Promise<void> {
    await this.#accepted(epoch);
    const params = { epoch, records: [encodeRecords(records)] };
    await this.#options.member.write((remote, signal) => remote.appendJournal(params, { signal }));
  }

  async beginSnapshot(epoch: number, base: JournalTail): Promise<void> {
    await this.#accepted(epoch);
    const params = { epoch, base: toWireTail(base) };
    await this.#transfer((remote, signal) => remote.beginSnapshot(params, { signal }));
  }

  async addPiece(epoch: number, index: number, piece: Uint8Array): Promise<void> {
    const params = { epoch, index, piece: [piece] };
    await this.#transfer((remote, signal) => remote.addSnapshotPiece(params, { signal }));
  }

  async finishSnapshot(epoch: number, stamp: SnapshotStamp, keepFrom: number): Promise<void> {
    const params = { epoch, stamp: toWireStamp(stamp), keepFrom };
    await this.#transfer((remote, signal) => remote.finishSnapshot(params, { signal }));
  }

  async readPiece(stamp: SnapshotStamp, index: number): Promise<Uint8Array> {
    const params = { stamp: toWireStamp(stamp), index };
    const { piece } = await this.#options.member.read((remote) => remote.readSnapshot(params));
    return joinParts(piece);
  }

  async begin(
    epoch: number,
    tail: JournalTail,
    { keep }: { readonly keep: boolean },
  ): Promise<void> {
    await this.#accepted(epoch);
    const { number, epoch: previousEpoch, hash: previous } = toWireTail(tail);
    const params = { epoch, number, previous, previousEpoch, keep };
    await this.#options.member.write((remote, signal) => remote.resetJournal(params, { signal }));
  }

  async read(from: number): Promise<JournalRecord[]> {
    const { records } = await this.#options.member.read((remote) => remote.readJournal({ from }));
    return decodeRecords(joinParts(records));
  }

  /** A snapshot may rightly take long: nobody waits for it, and no verdict is passed on it. */
  async #transfer(
    call: (remote: Remote<StoreContract>, signal: AbortSignal) => Promise<object>,
  ): Promise<void> {
    await this.#options.member.transfer(call);
  }

  /** A store takes nothing in an epoch before it was accepted in it. */
  async #accepted(epoch: number): Promise<void> {
    if (this.#acceptance?.epoch !== epoch) this.#acceptance = { epoch, done: this.#accept(epoch) };
    const { done } = this.#acceptance;
    try {
      await done;
    } catch (error) {
      this.#acceptance = undefined;
      throw error;
    }
  }

  async #accept(epoch: number): Promise<void> {
    const { member, directory, adoptId } = this.#options;
    // Which generation a lost disk had is not known before the directory can be read: until then
    // the one in its place is of generation 0, below any that a holder was ever confirmed in.
    const params = { epoch, directory, generation: 0, adoptId };
    await member.write((remote, signal) => remote.accept(params, { signal }));
  }
}
