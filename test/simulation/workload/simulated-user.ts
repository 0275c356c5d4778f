import { DATA_LIMITS, HoldfastError, type WriteOptions } from '@holdfast/contracts';
import { type HoldfastClient, type PutOptions, sourceOfBytes } from '@holdfast/sdk';
import type { DirectPuts } from '@holdfast/sdk/testing';
import { type Clock, deadline, joinParts, sleep } from '@holdfast/kernel';
import type { SeededRandom } from '@holdfast/testkit';
import type { Answer, Operation, Performed } from '../check/operation.ts';
import { answerText, operationText } from '../check/operation-text.ts';
import type { SimulatedClient } from '../cluster/simulated-client.ts';
import { errorText } from '../transcript.ts';
import { type Content, contentBytes, hashText, pieceOf } from './content.ts';
import { outcomeOfError } from './outcome-of-error.ts';
import type { SharedWorkload } from './shared-workload.ts';
import { writePieces } from './write-pieces.ts';

/** From one operation of a user to its next, in milliseconds. */
const MAX_PAUSE_MS = 3_500;
/** Often the next one follows at once, while what was done is still on its way to the stores. */
const HASTE_CHANCE = 0.5;
const HASTE_MS = 20;
/** What is due while another operation takes its time is caught up with, unless it is older. */
const MOST_LATE_MS = 500;
/** An impatient user's deadline, in milliseconds. */
const IMPATIENT_MS = 1_500;
const IMPATIENT_CHANCE = 0.1;

const SMALL_PIECE_BYTES = 6_000;
const MEDIUM_PIECE_BYTES = 60_000;
const LARGE_BYTES = 4_500_000;

/**
 * One user of a simulated cluster: one operation after the other, chosen by a seed. Each has randomness
 * and a time of its own, so that leaving out one changes no other, as far as that can be.
 */
export class SimulatedUser {
  readonly client: SimulatedClient;
  readonly #shared: SharedWorkload;
  readonly #seed: SeededRandom;
  #random: SeededRandom;
  #number = 0;
  #puts: DirectPuts | undefined;
  /** Nothing may fail, since nothing is broken beyond what must be survived. */
  #strict = false;

  constructor(client: SimulatedClient, shared: SharedWorkload, random: SeededRandom) {
    this.client = client;
    this.#shared = shared;
    this.#seed = random;
    this.#random = random;
  }

  /** Goes on until told to stop, when the last operation is finished, or until it dies. */
  async work(stop: AbortSignal): Promise<void> {
    const died = new Promise<void>((resolve) => this.client.process.onKilled(resolve));
    await Promise.race([died, this.#work(stop)]);
  }

  /** Ends in the middle of whatever it does, which it will never hear of. */
  die(): void {
    this.#shared.transcript.note(`${this.client.name} dies`, 'event');
    this.client.process.kill();
  }

  async #work(stop: AbortSignal): Promise<void> {
    const holdfast = await this.client.connect();
    const { clock } = this.client.process;
    let dueMs = clock.monotonicMs();
    while (!stop.aborted) {
      this.#nextOperation();
      const mostMs = this.#random.chance(HASTE_CHANCE) ? HASTE_MS : MAX_PAUSE_MS;
      const pauseMs = this.#random.integer(mostMs);
      await this.#operateOnce(holdfast);
      const nowMs = clock.monotonicMs();
      dueMs = Math.max(dueMs + pauseMs, nowMs - MOST_LATE_MS);
      await sleep(clock, Math.max(0, dueMs - nowMs));
    }
    await holdfast[Symbol.asyncDispose]();
  }

  /** Looks at everything there is, and changes something. All of it must succeed. */
  async inspect(): Promise<void> {
    this.#strict = true;
    const holdfast = await this.client.connect();
    for (const folder of this.#shared.folders) {
      this.#nextOperation();
      const path = `${folder}/${this.client.name}`;
      const piece = pieceOf(this.#random, SMALL_PIECE_BYTES);
      const bytes = contentBytes([piece]);
      const what = { content: hashText([bytes]), sizeBytes: bytes.length };
      this.#shared.writes(what.content, [piece]);
      await this.#perform({ kind: 'write', path, ...what }, () => put(holdfast, bytes, { path }));
    }
    for (const folder of this.#shared.folders) {
      this.#nextOperation();
      const seen = await this.#perform({ kind: 'list', path: folder }, () =>
        list(holdfast, folder),
      );
      for (const { name } of seen?.entries ?? [])
        await this.#inspect(holdfast, `${folder}/${name}`);
    }
    await holdfast[Symbol.asyncDispose]();
  }

  async #inspect(holdfast: HoldfastClient, path: string): Promise<void> {
    this.#nextOperation();
    const { entry } = await holdfast.files.stat({ path });
    if (entry.kind === 'file') {
      await this.#perform({ kind: 'read', path }, () => read(holdfast, path));
      return;
    }
    const seen = await this.#perform({ kind: 'list', path }, () => list(holdfast, path));
    for (const { name } of seen?.entries ?? []) await this.#inspect(holdfast, `${path}/${name}`);
  }

  #nextOperation(): void {
    this.#random = this.#seed.fork(`operation ${++this.#number}`);
  }

  async #operateOnce(holdfast: HoldfastClient): Promise<void> {
    const random = this.#random;
    const path = this.#shared.anyPath(random);
    const dice = random.integer(100);
    if (dice < 35) await this.#write(holdfast, path);
    else if (dice < 50) await this.#perform({ kind: 'read', path }, () => read(holdfast, path));
    else if (dice < 55) await this.#readRange(holdfast, path);
    else if (dice < 58) await this.#readOlder(holdfast, path);
    else if (dice < 60) await this.#restore(holdfast, path);
    else if (dice < 66) await this.#perform({ kind: 'stat', path }, () => stat(holdfast, path));
    else if (dice < 72) await this.#list(holdfast, path);
    else if (dice < 80) await this.#rename(holdfast, path);
    else if (dice < 90) await this.#remove(holdfast, path);
    else if (dice < 95) await this.#makeFolder(holdfast);
    else if (dice < 98) await this.#undelete(holdfast);
    else if (dice < 99) await this.#removeFromTrash(holdfast);
    else await this.#emptyTrash(holdfast);
  }

  async #write(holdfast: HoldfastClient, path: string): Promise<void> {
    const random = this.#random;
    const { clock } = this.client.process;
    const content = this.#content(path);
    const bytes = contentBytes(content);
    const ifVersion = random.chance(0.3) ? this.#shared.guessVersion(path, random) : undefined;
    const operation = {
      kind: 'write' as const,
      path,
      content: hashText([bytes]),
      sizeBytes: bytes.length,
      ifVersion,
    };
    const options: WriteOptions = { path, ...(ifVersion === undefined ? {} : { ifVersion }) };
    const pieceBytes = Math.max(...content.map(({ length }) => length));
    const inPieces =
      content.length > 1 && pieceBytes <= DATA_LIMITS.chunkBytes && random.chance(0.6);
    this.#shared.writes(operation.content, content);
    const answer = await this.#perform(operation, async () => {
      if (inPieces) {
        const puts = (this.#puts ??= this.client.directPuts(holdfast));
        return await writePieces({ client: holdfast, puts }, content, options);
      }
      if (random.chance(IMPATIENT_CHANCE))
        return await writeImpatiently(holdfast, bytes, { options, clock });
      return await put(holdfast, bytes, options);
    });
    if (answer?.version !== undefined) this.#shared.wrote(path, answer.version, content);
  }

  /** Now and then only a piece of what was there is changed, or nothing at all. */
  #content(path: string): Content {
    const random = this.#random;
    const before = this.#shared.contentOf(path);
    if (before && before.length > 0 && random.chance(0.4)) {
      const content = [...before];
      if (random.chance(0.7)) {
        content[random.integer(content.length)] = pieceOf(random, SMALL_PIECE_BYTES);
      }
      return content;
    }
    const dice = random.integer(200);
    if (dice < 4 && this.#shared.largeFiles)
      return [pieceOf(random, 100), { number: random.integer(99), length: LARGE_BYTES }];
    if (dice < 10) return Array.from({ length: 3 }, () => pieceOf(random, MEDIUM_PIECE_BYTES));
    if (dice < 20) return [];
    const pieces = random.chance(0.6) ? 1 : 2 + random.integer(5);
    return Array.from({ length: pieces }, () => pieceOf(random, SMALL_PIECE_BYTES));
  }

  async #list(holdfast: HoldfastClient, near: string): Promise<void> {
    const path = near.slice(0, near.lastIndexOf('/'));
    await this.#perform({ kind: 'list', path }, () => list(holdfast, path));
  }

  async #rename(holdfast: HoldfastClient, path: string): Promise<void> {
    const folders = this.#random.chance(0.4);
    const from = folders ? this.#shared.anyFolderPath(this.#random) : path;
    const to = this.#shared.pathBeside(from, this.#random);
    const replace = this.#random.chance(0.5);
    const answer = await this.#perform({ kind: 'rename', from, to, replace }, async () => {
      const { entry } = await holdfast.files.rename({ from, to, replace });
      return { version: entry.version };
    });
    if (answer) this.#shared.moved(from, to);
  }

  async #remove(holdfast: HoldfastClient, path: string): Promise<void> {
    const deletedMs = this.#shared.nowMs();
    const answer = await this.#perform({ kind: 'remove', path }, () =>
      holdfast.files.remove({ path, recursive: true }),
    );
    if (answer?.trashId !== undefined)
      this.#shared.deleted({ id: answer.trashId, path, deletedMs });
  }

  async #makeFolder(holdfast: HoldfastClient): Promise<void> {
    const path = this.#shared.anyFolderPath(this.#random);
    await this.#perform({ kind: 'makeFolder', path }, async () => {
      await holdfast.files.makeFolder({ path, parents: false });
      return {};
    });
  }

  async #undelete(holdfast: HoldfastClient): Promise<void> {
    const item = this.#shared.anyDeleted(this.#random);
    if (!item) return;
    await this.#perform({ kind: 'undelete', ...item }, async () => {
      const { entry } = await holdfast.files.undelete({ id: item.id });
      return { version: entry.version };
    });
  }

  async #removeFromTrash(holdfast: HoldfastClient): Promise<void> {
    const item = this.#shared.anyDeleted(this.#random);
    if (!item) return;
    await this.#perform({ kind: 'removeFromTrash', ...item }, async () => {
      await holdfast.files.emptyTrash({ id: item.id });
      return {};
    });
  }

  /** All users log in under one name, so it is the trash of all of them. */
  async #emptyTrash(holdfast: HoldfastClient): Promise<void> {
    await this.#perform({ kind: 'emptyTrash' }, async () => {
      await holdfast.files.emptyTrash({});
      return {};
    });
  }

  async #readOlder(holdfast: HoldfastClient, path: string): Promise<void> {
    const version = this.#shared.olderVersion(path, this.#random);
    await this.#perform({ kind: 'read', path, version }, () => read(holdfast, path, version));
  }

  async #restore(holdfast: HoldfastClient, path: string): Promise<void> {
    const version = this.#shared.olderVersion(path, this.#random);
    await this.#perform({ kind: 'restore', path, version }, async () => {
      const { entry } = await holdfast.files.restore({ path, version });
      return { version: entry.version, sizeBytes: entry.sizeBytes };
    });
  }

  /** Exactly that part comes, which only what has it there can explain (§P2). */
  async #readRange(holdfast: HoldfastClient, path: string): Promise<void> {
    const start = this.#random.integer(SMALL_PIECE_BYTES);
    const end = start + 1 + this.#random.integer(SMALL_PIECE_BYTES);
    await this.#perform({ kind: 'read', path, range: { start, end } }, async () => {
      await using file = await holdfast.openFile(path);
      const { version, sizeBytes } = file.entry;
      const pieces: Uint8Array[] = [];
      for await (const piece of file.read({ start, end })) pieces.push(piece);
      const bytes = joinParts(pieces);
      const due = Math.max(0, Math.min(end, sizeBytes) - start);
      const fits = bytes.length === due ? this.#shared.fitting(bytes, start, sizeBytes) : [];
      return { version, sizeBytes, fits };
    });
  }

  /** Runs an operation, unless it is left out, and writes down what it told. Undefined unless it succeeded. */
  async #perform(operation: Operation, run: () => Promise<Answer>): Promise<Answer | undefined> {
    const { history, transcript } = this.#shared;
    const id = `${this.client.name}.${this.#number}`;
    if (this.#shared.leavesOut(id)) return undefined;
    const performed = history.begin(id, operation);
    const text = `${id} ${operationText(operation)}`;
    transcript.note(`${text} ...`, 'operation');
    try {
      const answer = await run();
      transcript.note(`${text} = ${answerText(answer)}`, 'operation');
      history.end(performed, { kind: 'done', answer });
      return answer;
    } catch (error) {
      this.#failed(performed, text, error);
      return undefined;
    }
  }

  #failed(performed: Performed, text: string, error: unknown): void {
    const { history, transcript } = this.#shared;
    // What a dead client would have been told, nobody hears.
    if (!this.client.process.alive) return;
    const outcome = outcomeOfError(performed.operation, error);
    transcript.note(`${text} ! ${errorText(error)}`, 'operation');
    if (!outcome || this.#strict) this.#shared.violated(`${text} failed with ${errorText(error)}`);
    history.end(performed, outcome ?? { kind: 'nothing', code: 'internal' });
  }
}

async function put(
  holdfast: HoldfastClient,
  bytes: Uint8Array,
  options: PutOptions,
): Promise<Answer> {
  const { entry } = await holdfast.putFile(sourceOfBytes(bytes), options);
  return { version: entry.version };
}

/** Gives up after a while, whatever became of it. */
async function writeImpatiently(
  holdfast: HoldfastClient,
  bytes: Uint8Array,
  { options, clock }: { options: WriteOptions; clock: Clock },
): Promise<Answer> {
  using limit = deadline(clock, IMPATIENT_MS, () => new HoldfastError('timeout', 'Given up.'));
  return await put(holdfast, bytes, { ...options, signal: limit.signal });
}

async function read(holdfast: HoldfastClient, path: string, wanted?: number): Promise<Answer> {
  await using file = await holdfast.openFile(path, { version: wanted });
  const pieces: Uint8Array[] = [];
  for await (const piece of file.read()) pieces.push(piece);
  const { version, sizeBytes } = file.entry;
  return { version, sizeBytes, content: hashText(pieces) };
}

async function stat(holdfast: HoldfastClient, path: string): Promise<Answer> {
  const { entry } = await holdfast.files.stat({ path });
  if (entry.kind === 'folder') return { version: 0 };
  return { version: entry.version, sizeBytes: entry.sizeBytes };
}

async function list(holdfast: HoldfastClient, path: string): Promise<Answer> {
  const { entries } = await holdfast.files.list({ path, limit: 1000 });
  return { entries: entries.map(({ name, version, sizeBytes }) => ({ name, version, sizeBytes })) };
}
