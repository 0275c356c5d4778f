import {
  type HoldfastError,
  type WriteResult,
  type UploadId,
  chunkHash,
  isHoldfastError,
} from '@holdfast/contracts';
import {
  type Clock,
  type Point,
  deferred,
  fromHex,
  joinParts,
  sleep,
  watchPoints,
} from '@holdfast/kernel';
import { type HoldfastClient, sourceOfBytes } from '@holdfast/sdk';
import { type SeededRandom, seededRandom } from '@holdfast/testkit';
import { whatIsSaidFalsely } from '../check/said.ts';
import { whatIsNotWhole } from '../check/whole.ts';
import { SimulatedCluster } from '../cluster/simulated-cluster.ts';
import type { FrontendParts } from '../cluster/simulated-frontend.ts';
import type { SimulatedServer } from '../cluster/simulated-server.ts';
import { Transcript } from '../transcript.ts';
import { hashText, pieceBytes } from '../workload/content.ts';
import { SimulatedNetwork } from '../world/simulated-network.ts';

/** After an outage of many parts at once, and after what a scenario does. */
const WHOLE_MS = 600_000;
const SOON_WHOLE_MS = 120_000;
const LOOK_MS = 500;
const SOON_MS = 60_000;
/** How long somebody waits for an answer that may never come. */
const PATIENCE_MS = 60_000;

const UPLOAD_BYTES = 30_000;

export interface OpenedUpload {
  readonly id: UploadId;
  readonly put: () => Promise<void>;
  /** Has the directory take note of what was put, as after a restart of the frontend. */
  readonly note: () => Promise<void>;
  readonly commit: () => Promise<void>;
}

/** What a scenario has shown. */
export class BrokenPromise extends Error {}

/** A simulated cluster on which somebody plays out, step by step, what is to be looked at. */
export class Stage {
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly network: SimulatedNetwork;
  readonly transcript: Transcript;
  readonly cluster: SimulatedCluster;
  /** Contents by path, of what was acknowledged and is to be there. */
  readonly written: Map<string, string> = new Map();
  readonly #moments = new Map<Point, () => void>();
  #made = 0;

  constructor(clock: Clock, seed: number | string) {
    this.clock = clock;
    this.random = seededRandom(seed);
    this.transcript = new Transcript(clock);
    this.network = new SimulatedNetwork({
      clock,
      random: this.random,
      onMessage: (from, to) => this.transcript.count(`${from} ${to} ${clock.monotonicMs()}`),
    });
    const world = { clock, network: this.network, transcript: this.transcript };
    this.cluster = new SimulatedCluster(world, this.random);
  }

  get servers(): readonly [SimulatedServer, SimulatedServer, SimulatedServer] {
    const [first, second, third] = this.cluster.servers;
    if (!first || !second || !third) throw new Error('A simulated cluster has three servers.');
    return [first, second, third];
  }

  /** Parts of the frontend, which must run. */
  get parts(): FrontendParts {
    const { parts } = this.cluster.frontend;
    if (!parts) throw new Error('The frontend does not run.');
    return parts;
  }

  /** Brings up everything, until the cluster is whole. */
  async begin(): Promise<void> {
    await this.cluster.startAll();
    await this.until(() => this.cluster.frontend.ready, 'the frontend is ready');
    await this.untilWhole();
  }

  connect(): Promise<HoldfastClient> {
    return this.cluster.newClient().connect();
  }

  pass(ms: number): Promise<void> {
    return sleep(this.clock, ms);
  }

  /** `task` runs in the very moment in which some part reaches a point, the next time only. */
  at(point: Point, task: () => void): void {
    this.#moments.set(point, task);
    watchPoints((reached) => {
      const due = this.#moments.get(reached);
      this.#moments.delete(reached);
      due?.();
    });
  }

  /**
   * From now on the server's store is slow to carry out deletions: each waits until the result is
   * called. What it is told meanwhile overtakes them.
   */
  delayDeletions({ store }: SimulatedServer): {
    readonly begun: () => number;
    readonly release: () => void;
  } {
    if (!store) throw new Error('The server does not run.');
    const gate = deferred();
    const remove = store.delete.bind(store);
    let begun = 0;
    store.delete = async (chunk, upTo) => {
      begun++;
      await gate.promise;
      return await remove(chunk, upTo);
    };
    return { begun: () => begun, release: () => gate.resolve() };
  }

  /** Nothing happens at any point any more. */
  end(): void {
    this.#moments.clear();
  }

  note(text: string): void {
    this.transcript.note(text, 'event');
  }

  /** Throws if the course of events was another than the one that the scenario is about. */
  mustHappen(happened: boolean, what: string): void {
    if (!happened) throw new Error(`It came otherwise, and not: ${what}`);
  }

  /** Throws, saying it for people, if something is not as it was promised. */
  expect(isRight: boolean, text: string): void {
    if (!isRight) throw new BrokenPromise(text);
  }

  /** Time passes until something is so, looked at each millisecond; fails if it takes a minute. */
  async until(isSo: () => boolean, what: string): Promise<void> {
    const endMs = this.clock.monotonicMs() + SOON_MS;
    while (!isSo()) {
      if (this.clock.monotonicMs() > endMs)
        throw new Error(`In a minute it did not happen: ${what}`);
      await this.pass(1);
    }
  }

  async untilLive(server: SimulatedServer): Promise<void> {
    await this.until(() => this.isLive(server), `${server.name} is live`);
  }

  isLive({ name }: SimulatedServer): boolean {
    return this.cluster.frontend.parts?.members.named(name)?.live ?? false;
  }

  /**
   * Writes a file of one chunk and keeps account of it once it is acknowledged, on servers that must
   * have it (§P1).
   */
  async write(client: HoldfastClient, path: string, bytes: Uint8Array): Promise<WriteResult> {
    const result = await client.putFile(sourceOfBytes(bytes), { path });
    this.note(`${path} is acknowledged, on ${result.holders.join(', ')}`);
    this.written.set(path, hashText([bytes]));
    this.checkHolders(result, bytes);
    return result;
  }

  /** Begins an upload of one chunk, which can be put and committed later. */
  async openUpload(client: HoldfastClient, path: string): Promise<OpenedUpload> {
    const bytes = this.newBytes(UPLOAD_BYTES);
    const hash = chunkHash.parse(hashText([bytes]));
    const { upload } = await client.files.openUpload({ path });
    return {
      id: upload,
      put: async () => {
        await client.files.putChunk({ upload, offset: 0, hash, content: [bytes] });
      },
      note: async () => {
        const put = [{ offset: 0, length: bytes.length, hash }];
        await client.files.reopenUpload({ upload, fromOffset: 0, put });
      },
      commit: async () => {
        const root = chunkHash.parse(hashText([fromHex(hash)]));
        const result = await client.files.commitUpload({ upload, sizeBytes: bytes.length, root });
        this.written.set(path, hash);
        this.checkHolders(result, bytes);
      },
    };
  }

  /** Whoever an answer names as a holder, and runs, must have the file's only chunk (§P1). */
  checkHolders({ entry, holders }: WriteResult, bytes: Uint8Array): void {
    const hash = chunkHash.parse(hashText([bytes]));
    for (const { name, store } of this.servers) {
      const hasIt = !store || store.has({ file: entry.id, hash }) !== undefined;
      const what = `${entry.name} was acknowledged as being on ${name}, which lacks it (§P1)`;
      this.expect(hasIt || !holders.includes(name), what);
    }
  }

  /** What the directory says of the stores must be so at this moment (§P1). */
  async checkWhatIsSaid(): Promise<void> {
    const wrong = await whatIsSaidFalsely(this.cluster);
    this.expect(wrong.length === 0, wrong.join('\n'));
  }

  /** Bytes that nobody has written yet. */
  newBytes(length: number): Uint8Array {
    return pieceBytes({ number: ++this.#made, length });
  }

  /** Reads a whole file. Throws if its bytes are not those that were acknowledged (§P2). */
  async read(client: HoldfastClient, path: string): Promise<void> {
    const expected = this.written.get(path);
    await using file = await client.openFile(path);
    const parts: Uint8Array[] = [];
    for await (const part of file.read()) parts.push(part.slice());
    const found = hashText([joinParts(parts)]);
    this.expect(found === expected, `${path} has other bytes (§P2)`);
  }

  /** What somebody gets who waits for so long and no longer: the result, the code of an error, or `waits`. */
  async attempt(work: () => Promise<string>): Promise<string> {
    const over = new AbortController();
    const late = sleep(this.clock, PATIENCE_MS, over.signal).then(() => 'waits');
    late.catch(() => {});
    const failed = (error: unknown): string => {
      if (isHoldfastError(error)) return (error as HoldfastError).code;
      throw error;
    };
    try {
      return await Promise.race([work().catch(failed), late]);
    } finally {
      over.abort();
    }
  }

  /** All that was acknowledged must be there, as it was written. */
  async readAll(client: HoldfastClient): Promise<void> {
    for (const path of this.written.keys()) {
      const found = await this.attempt(() => this.read(client, path).then(() => 'yes'));
      this.expect(found === 'yes', `${path}, which was acknowledged: ${found} (§P1, §P4)`);
    }
  }

  async untilWhole(): Promise<void> {
    const missing = await this.becomeWhole(SOON_WHOLE_MS);
    this.expect(missing === '', `The cluster does not become whole: ${missing} (§P6)`);
  }

  /** What is missing in the end; empty if all is well. */
  async becomeWhole(withinMs: number = WHOLE_MS): Promise<string> {
    const endMs = this.clock.monotonicMs() + withinMs;
    for (;;) {
      const missing = await whatIsNotWhole(this.cluster);
      if (missing === '' || this.clock.monotonicMs() > endMs) return missing;
      await this.pass(LOOK_MS);
    }
  }
}
