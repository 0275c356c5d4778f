import type {
  CallContext,
  ChunkId,
  DamageStatus,
  FileId,
  ScrubReport,
  StoreId,
} from '@holdfast/contracts';
import type { ChunkInfo, Directory } from '@holdfast/directory';
import { type Clock, sleep } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { JournalView } from './journal-view.ts';
import type { Member } from './member.ts';
import type { Members } from './members.ts';

export interface FindingsOptions {
  readonly directory: Directory;
  readonly members: Members;
  readonly view: JournalView;
  readonly clock: Clock;
  /** Copies were dropped that should be made anew. */
  readonly wantRepair: () => void;
  readonly onProblem: (member: Member, error: unknown) => void;
}

/** The record before the first one, as a journal that is begun anew is told of it. */
const BEFORE_ALL = { number: 0, previous: '0'.repeat(64), previousEpoch: 0, keep: false };

/**
 * Acts on what stores find when they re-read what they keep: copies that are damaged or missing are
 * dropped, so that repair makes them anew from another holder, and a copy of the journal that is
 * damaged is sent again (§P2, §P6).
 */
export class Findings implements AsyncDisposable {
  readonly #options: FindingsOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  /** Begins in the background. */
  constructor(options: FindingsOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /**
   * What no store has a whole copy of, as far as a bounded look finds it. Named are only files that
   * the caller may see (§P9).
   */
  async damage(context: CallContext): Promise<DamageStatus> {
    const { directory } = this.#options;
    const lost = await this.#lost();
    const files = [...new Set(lost.map(({ file }) => file))].slice(0, LIMITS.damagedFilesShown);
    const visible = async (file: FileId): Promise<string | undefined> => {
      const path = await directory.locate(file);
      return (
        path &&
        directory.stat({ path }, context).then(
          () => path,
          () => undefined,
        )
      );
    };
    const paths = await Promise.all(files.map(visible));
    return { chunks: lost.length, files: paths.filter((path) => path !== undefined).sort() };
  }

  /** Has stores re-read everything, beginning now. */
  async begin(members: readonly Member[]): Promise<void> {
    const { epoch } = this.#options.view.status;
    await Promise.all(members.map((member) => member.read((remote) => remote.scrub({ epoch }))));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('The frontend stops.'));
    await this.#running;
  }

  /** Those without any confirmed copy come first, so that the look is short while there are none. */
  async #lost(): Promise<readonly ChunkInfo[]> {
    const { directory } = this.#options;
    const lost: ChunkInfo[] = [];
    let after: ChunkInfo | undefined;
    for (let looked = 0; looked < LIMITS.worstChunks; looked += LIMITS.worstPageChunks) {
      const page = await directory.underReplicated(LIMITS.worstPageChunks, after);
      lost.push(...page.filter(({ holders }) => holders.length === 0));
      after = page.at(-1);
      const more = page.length === LIMITS.worstPageChunks;
      if (!more || after?.holders.some(({ confirmed }) => confirmed)) break;
    }
    return lost;
  }

  async #run(): Promise<void> {
    const { clock, members, view, onProblem } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await sleep(clock, LIMITS.findingsEveryMs, signal).catch(() => {});
      for (const member of members.live) {
        const scrub = member.report?.scrub;
        if (!scrub || signal.aborted || !view.status.writable) continue;
        await this.#act(member, scrub).catch((error: unknown) => {
          if (!signal.aborted) onProblem(member, error);
        });
      }
    }
  }

  async #act(member: Member, scrub: ScrubReport): Promise<void> {
    if (scrub.untold > 0) await this.#dropDamaged(member);
    if (scrub.uncompared && scrub.last) await this.#compare(member, scrub.last.endedMs);
    if (scrub.journalDamage !== undefined) await this.#sendJournalAnew(member);
  }

  async #dropDamaged(member: Member): Promise<void> {
    const { members } = this.#options;
    let told: ChunkId[] = [];
    let dropped = 0;
    for (;;) {
      const params = { told };
      const { chunks } = await member.read((remote) => remote.damaged(params));
      if (chunks.length === 0) break;
      await this.#drop(member.store, chunks);
      dropped += chunks.length;
      told = chunks;
    }
    if (dropped === 0) return;
    const sentence = `${member.name} has found ${dropped} damaged chunks on its disk; they are repaired from other servers`;
    members.emit('directory', sentence, member.name);
  }

  /** Finds what the store should have and has not, whatever became of it. */
  async #compare(member: Member, endedMs: number): Promise<void> {
    const { directory, members, view } = this.#options;
    let after: ChunkId | undefined;
    let missing = 0;
    for (;;) {
      const said = await directory.chunksOn(member.store, after, LIMITS.inventoryBatch);
      const last = said.at(-1);
      if (!last) break;
      const gone = await this.#goneOf(member, said, after);
      if (gone.length > 0) await this.#drop(member.store, gone);
      missing += gone.length;
      after = { file: last.file, hash: last.hash };
    }
    const { epoch } = view.status;
    await member.read((remote) => remote.compared({ epoch, endedMs }));
    if (missing === 0) return;
    const sentence = `${member.name} lacks ${missing} chunks that it once had; they are repaired from other servers`;
    members.emit('directory', sentence, member.name);
  }

  /** Of chunks that follow on `after`, those that the store is said to have and has not. */
  async #goneOf(
    member: Member,
    said: readonly ChunkInfo[],
    after: ChunkId | undefined,
  ): Promise<readonly ChunkId[]> {
    const last = said.at(-1);
    const there = last ? await listed(member, after, nameOf(last)) : new Set<string>();
    const suspects = said
      .filter((chunk) => isSaidOn(chunk, member) && !there.has(nameOf(chunk)))
      .map(({ file, hash }) => ({ file, hash }));
    const gone: ChunkId[] = [];
    // It may have come since it was listed: the store itself has the last word.
    for (let at = 0; at < suspects.length; at += LIMITS.findingsChunks) {
      const chunks = suspects.slice(at, at + LIMITS.findingsChunks);
      const { whole } = await member.read((remote) => remote.verify({ chunks }));
      gone.push(...chunks.filter((_, i) => whole[i] === false));
    }
    return gone;
  }

  async #drop(store: StoreId, chunks: readonly ChunkId[]): Promise<void> {
    await this.#options.directory.dropHolders(store, chunks);
    this.#options.wantRepair();
  }

  /**
   * Out of the view first, so that no acknowledgement counts on a copy that is not whole. Once the
   * store is back from that it is sent the journal from its first record on.
   */
  async #sendJournalAnew(member: Member): Promise<void> {
    const { view } = this.#options;
    const { status } = view;
    const others = status.view.stores.some((store) => store !== member.store);
    if (!others && status.roster.length > 1) return;
    await view.dropFromView(member.store, 'Its copy of the journal is damaged, and is sent anew.');
    const params = { epoch: status.epoch, ...BEFORE_ALL };
    await member.read((remote) => remote.resetJournal(params));
  }
}

/** Names of what the store has after `after` and up to `last`. */
async function listed(
  member: Member,
  after: ChunkId | undefined,
  last: string,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (let from = after; ;) {
    const params = { after: from };
    const { chunks, more } = await member.read((remote) => remote.inventory(params));
    for (const chunk of chunks) names.add(nameOf(chunk));
    const end = chunks.at(-1);
    if (!more || !end || nameOf(end) >= last) return names;
    from = { file: end.file, hash: end.hash };
  }
}

/** Sorts as chunks are listed. */
function nameOf({ file, hash }: ChunkId): string {
  return file + hash;
}

function isSaidOn({ holders }: ChunkInfo, { store, generation }: Member): boolean {
  return holders.some(
    (holder) => holder.confirmed && holder.store === store && holder.generation === generation,
  );
}
