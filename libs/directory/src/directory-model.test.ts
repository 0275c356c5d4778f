import { type ErrorCode, isHoldfastError, type UploadId } from '@holdfast/contracts';
import { fromUtf8, utf8 } from '@holdfast/kernel';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { brokenRules } from './testing/check-tables.ts';
import { type DirectoryScene, directoryScene } from './testing/directory-scene.ts';
import { type ModelNode, ModelTree, Refused, newNode, nodesOf } from './testing/model-tree.ts';

/** Random operations on a directory and on a simple model of it: answers and states must agree. */

const TOP = '/shared';
const TRASH_MS = 1_000_000;
const IDLE_MS = 5_000_000;

const name = fc.constantFrom('a', 'b', 'é');
// Most steps are about one file, so that much happens to it.
const path = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('/a', '/b/a') },
  {
    weight: 2,
    arbitrary: fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => `/${names.join('/')}`),
  },
);
const text = fc.constantFrom('x', 'x', 'yy', 'zzz');
const copies = fc.integer({ min: 1, max: 3 });
/** Whether the directory keeps the bytes, or else the number of copies. */
const keeping = fc.oneof(fc.constant('inline' as const), copies);
const nth = fc.oneof(fc.constant(0), fc.nat({ max: 5 }));

interface Step {
  readonly label: string;
  readonly act: (run: Run) => Promise<void>;
}

/** Steps of one kind, labelled with their parameters for a counterexample that can be read. */
function step<T extends readonly unknown[]>(
  weight: number,
  name: string,
  parameters: { readonly [I in keyof T]: fc.Arbitrary<T[I]> },
  act: (run: Run, ...parameters: T) => Promise<void>,
): fc.WeightedArbitrary<Step> {
  const all = fc.tuple(...parameters) as unknown as fc.Arbitrary<T>;
  const arbitrary = all.map((chosen) => ({
    label: `${name} ${chosen.join(' ')}`,
    act: async (run: Run) => await act(run, ...chosen),
  }));
  return { weight, arbitrary };
}

const ifVersion = fc.option(nth, { nil: undefined, freq: 5 });
const anyText = fc.oneof(text, fc.constant(''));
const time = fc.constantFrom(1, TRASH_MS / 2, TRASH_MS);

const steps: fc.Arbitrary<Step> = fc.oneof(
  step(3, 'mkdir', [fc.oneof(fc.constant('/b'), path)], (run, p) => run.makeFolder(p)),
  step(6, 'write', [path, anyText, keeping, ifVersion], (run, ...all) => run.write(...all)),
  step(3, 'rename', [path, path, fc.boolean()], (run, ...all) => run.rename(...all)),
  step(2, 'remove', [path, fc.boolean()], (run, ...all) => run.remove(...all)),
  step(1, 'undelete', [nth], (run, n) => run.undelete(n)),
  step(1, 'empty', [nth], (run, n) => run.emptyTrash(n)),
  step(2, 'restore', [path, nth], (run, ...all) => run.restore(...all)),
  step(3, 'open upload', [path], (run, p) => run.openUpload(p)),
  step(5, 'record', [nth, text, copies], (run, ...all) => run.record(...all)),
  step(3, 'commit', [nth], (run, n) => run.commit(n)),
  step(1, 'abort', [nth], (run, n) => run.abort(n)),
  step(2, 'wait', [time], (run, ms) => run.wait(ms)),
  step(2, 'reap', [], (run) => run.reap()),
  step(1, 'reap step', [], (run) => run.reapStep()),
  step(2, 'collect', [], (run) => run.collect()),
  step(1, 'lose', [nth, fc.nat({ max: 2 })], (run, ...all) => run.lose(...all)),
  step(1, 'repair', [], (run) => run.repair()),
  step(1, 'place', [nth, copies], (run, ...all) => run.place(...all)),
);

interface OpenUpload {
  readonly id: UploadId;
  readonly path: string;
  /** The file that was there at the beginning. */
  readonly node: ModelNode | undefined;
  readonly texts: string[];
}

class Run {
  readonly #scene: DirectoryScene;
  readonly #model = new ModelTree();
  #uploads: OpenUpload[] = [];

  constructor(scene: DirectoryScene) {
    this.#scene = scene;
  }

  async makeFolder(path: string): Promise<void> {
    await this.#both(
      () => this.#model.makeFolder(path),
      () => this.#directory.makeFolder({ path: TOP + path, parents: false }, this.#admin),
    );
  }

  async write(
    path: string,
    text: string,
    keeping: number | 'inline',
    ifVersion?: number,
  ): Promise<void> {
    const how = keeping === 'inline' ? { inline: text !== '' } : { copies: keeping };
    const expected = { ...(ifVersion !== undefined && { ifVersion }) };
    await this.#both(
      () => {
        const target = this.#model.forWrite(path, ifVersion);
        const node = target.node ?? newNode('file');
        this.#supersede(node);
        this.#model.install(target, node, text === '' ? [] : [text]);
      },
      () => this.#scene.write(TOP + path, text, { ...how, ...expected }),
    );
  }

  async rename(from: string, to: string, replace: boolean): Promise<void> {
    const replaced = await this.#both(
      () => this.#model.rename(from, to, replace),
      () => this.#directory.rename({ from: TOP + from, to: TOP + to, replace }, this.#admin),
    );
    if (replaced?.expected) await this.#noteTrash(to, replaced.expected);
  }

  async remove(path: string, recursive: boolean): Promise<void> {
    const removed = await this.#both(
      () => this.#model.remove(path, recursive),
      () => this.#directory.remove({ path: TOP + path, recursive }, this.#admin),
    );
    if (removed) await this.#noteTrash(path, removed.expected, removed.answer.trashId);
  }

  async undelete(n: number): Promise<void> {
    const entry = this.#model.trash[n % Math.max(1, this.#model.trash.length)];
    if (!entry) return;
    await this.#both(
      () => this.#model.undelete(entry),
      () => this.#directory.undelete({ id: entry.id }, this.#admin),
    );
  }

  async emptyTrash(n: number): Promise<void> {
    const one = n < 3 ? this.#model.trash[n] : undefined;
    const { removed } = await this.#directory.emptyTrash(one ? { id: one.id } : {}, this.#admin);
    expect(removed).toBe(one ? 1 : this.#model.trash.length);
    this.#model.trash = one ? this.#model.trash.filter((entry) => entry !== one) : [];
  }

  async restore(path: string, version: number): Promise<void> {
    await this.#both(
      () => {
        const node = this.#model.file(path);
        const old = node.versions.find((other) => other.version === version);
        if (!old) throw new Refused('not-found');
        if (old === node.versions.at(-1)) return;
        this.#supersede(node);
        this.#model.install(this.#model.find(path), node, old.texts);
      },
      () => this.#directory.restore({ path: TOP + path, version }, this.#admin),
    );
  }

  async openUpload(path: string): Promise<void> {
    const options = { path: TOP + path };
    const opened = await this.#both(
      () => this.#model.forWrite(path),
      async () => {
        const met = await this.#directory.fileForWrite(options, this.#admin);
        const { placement } = this.#scene;
        const target = met.file ? met : { file: this.#scene.newFile(), placement };
        return await this.#directory.openUpload({ options, positions: {}, ...target }, this.#admin);
      },
    );
    if (!opened) return;
    const { node } = opened.expected;
    this.#uploads.push({ id: opened.answer.upload, path, node, texts: [] });
  }

  async record(n: number, text: string, copies: number): Promise<void> {
    const upload = this.#upload(n);
    if (!upload) return;
    const offset = utf8(upload.texts.join('')).length;
    const { length } = utf8(text);
    const chunk = { offset, length, hash: this.#scene.hashOf(text) };
    await this.#directory.recordChunks(upload.id, [
      { ...chunk, holders: this.#scene.holders(copies) },
    ]);
    upload.texts.push(text);
  }

  async commit(n: number): Promise<void> {
    const upload = this.#upload(n);
    if (!upload) return;
    const { id, path, texts, node } = upload;
    const displaced = await this.#both(
      () => {
        const target = this.#model.forWrite(path);
        if (node && target.node !== node) throw new Refused('version-conflict');
        const result = node ?? newNode('file');
        this.#supersede(result);
        this.#model.install(target, result, [...texts]);
        return target.node === node ? undefined : target.node;
      },
      () =>
        this.#directory.commitUpload(
          {
            upload: id,
            sizeBytes: utf8(texts.join('')).length,
            root: this.#scene.rootOf(texts.map((text) => this.#scene.hashOf(text))),
          },
          this.#admin,
        ),
      // A chunk whose copies were all lost meanwhile.
      ['too-few-copies'],
    );
    if (!displaced) return;
    this.#uploads = this.#uploads.filter((other) => other !== upload);
    if (displaced.expected) await this.#noteTrash(path, displaced.expected);
  }

  async abort(n: number): Promise<void> {
    const upload = this.#upload(n);
    if (!upload) return;
    await this.#directory.abortUpload(upload.id, this.#admin);
    this.#uploads = this.#uploads.filter((other) => other !== upload);
  }

  async wait(ms: number): Promise<void> {
    this.#scene.engine.advance(ms);
  }

  async reapStep(): Promise<void> {
    await this.#directory.reap({ uploadIdleMs: IDLE_MS, trashMs: Number.MAX_SAFE_INTEGER });
    await this.#forgetClosed();
  }

  /** Reaps until nothing is left to do; what expired is gone from the model too. */
  async reap(): Promise<void> {
    for (let more = true; more;) {
      more = await this.#directory.reap({ uploadIdleMs: IDLE_MS, trashMs: TRASH_MS });
    }
    const { nowMs } = this.#scene.engine;
    this.#model.trash = this.#model.trash.filter(({ deletedMs }) => deletedMs + TRASH_MS > nowMs);
    const tops = [this.#model.root, ...this.#model.trash.map(({ node }) => node)];
    const alive = new Set(tops.flatMap(nodesOf));
    for (const node of alive) {
      node.versions = node.versions.filter(
        ({ supersededMs = Number.POSITIVE_INFINITY }) => supersededMs + TRASH_MS > nowMs,
      );
    }
    await this.#forgetClosed();
  }

  async collect(): Promise<void> {
    for (const { file, hash, stores } of await this.#directory.garbage(1000)) {
      await this.#directory.collected({ file, hash }, stores);
    }
    expect(await this.#directory.garbage(1000)).toEqual([]);
  }

  async lose(n: number, storeNumber: number): Promise<void> {
    const store = this.#scene.stores[storeNumber];
    if (!store) return;
    const held = await this.#directory.chunksOn(store, undefined, n + 1);
    const lost = held[n];
    // The last copy stays, so that what was committed can be read.
    if (lost && lost.holders.length > 1) await this.#directory.dropHolders(store, [lost]);
  }

  async repair(): Promise<void> {
    const [holder] = this.#scene.holders(1);
    const under = await this.#directory.underReplicated(1000);
    const added = under.flatMap(({ file, hash, wanted }) =>
      wanted.flatMap((store) => (holder ? { file, hash, holder: { ...holder, store } } : [])),
    );
    await this.#directory.addHolders(added);
    expect((await this.#directory.counts()).underReplicated).toBe(0);
  }

  async place(n: number, copies: number): Promise<void> {
    const all = await this.#directory.placements(undefined, 1000);
    const file = all[n]?.file;
    const stores = this.#scene.stores.slice(n % 2, copies);
    if (file) await this.#directory.setPlacement(file, { stores, copies });
  }

  async check(): Promise<void> {
    expect(await brokenRules(this.#scene.engine)).toEqual([]);
    expect(await this.#lines(TOP, '')).toEqual(this.#model.lines());
    const trash = await this.#directory.listTrash({ limit: 1000 }, this.#admin);
    expect(trash.entries.map(({ id }) => id).sort()).toEqual(
      this.#model.trash.map(({ id }) => id).sort(),
    );
  }

  get #directory(): DirectoryScene['directory'] {
    return this.#scene.directory;
  }

  get #admin(): ReturnType<DirectoryScene['as']> {
    return this.#scene.as('admin');
  }

  #upload(n: number): OpenUpload | undefined {
    return this.#uploads[n % Math.max(1, this.#uploads.length)];
  }

  /** Uploads that ended with their file, or by idleness. */
  async #forgetClosed(): Promise<void> {
    const open = new Set((await this.#directory.openUploads()).map(({ upload }) => upload));
    this.#uploads = this.#uploads.filter(({ id }) => open.has(id));
  }

  #supersede(node: ModelNode): void {
    const current = node.versions.at(-1);
    if (current) current.supersededMs = this.#scene.engine.nowMs;
  }

  /** The newest entry of the trash is the one that was just put there. */
  async #noteTrash(path: string, node: ModelNode, known?: string): Promise<void> {
    const deletedMs = this.#scene.engine.nowMs;
    const { entries } = await this.#directory.listTrash({ limit: 1000 }, this.#admin);
    const before = new Set(this.#model.trash.map((entry) => entry.id));
    const id = known ?? entries.find((entry) => !before.has(entry.id))?.id;
    expect(id, 'a new entry of the trash').toBeDefined();
    this.#model.trash.push({ id: id ?? '', path, node, deletedMs });
  }

  /** Runs an operation on the model and on the directory; undefined if both refuse it alike. */
  async #both<E, A>(
    model: () => E,
    directory: () => Promise<A>,
    beyond: readonly ErrorCode[] = [],
  ): Promise<{ expected: E; answer: A } | undefined> {
    const undo = structuredClone(this.#model.lines());
    let answer: A;
    try {
      answer = await directory();
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
      if (beyond.includes(error.code)) return undefined;
      const refusal = refusalOf(model);
      expect(`refused: ${error.code} (${error.message})`).toContain(`refused: ${refusal} `);
      expect(this.#model.lines()).toEqual(undo);
      return undefined;
    }
    return { expected: model(), answer };
  }

  async #lines(path: string, shown: string): Promise<string[]> {
    const { entries } = await this.#directory.list({ path, limit: 1000 }, this.#admin);
    const lines: string[] = [];
    for (const { name, kind } of entries) {
      const versions = kind === 'file' ? await this.#versions(`${path}/${name}`) : [];
      lines.push(`${shown}/${name} ${kind} ${versions.join(' ')}`.trim());
      if (kind === 'folder')
        lines.push(...(await this.#lines(`${path}/${name}`, `${shown}/${name}`)));
    }
    return lines.sort();
  }

  /** All versions of a file, oldest first, read by their chunks. */
  async #versions(path: string): Promise<string[]> {
    const { versions } = await this.#directory.history({ path }, this.#admin);
    const lines: string[] = [];
    for (const { version, sizeBytes } of versions.reverse()) {
      const opened = await this.#directory.openVersion(path, version, this.#admin);
      const texts = opened.chunks.map(({ hash }) => this.#textOf(hash));
      for (const { bytes } of opened.chunks)
        if (bytes) expect(fromUtf8(bytes)).toBe(texts.join(''));
      expect(utf8(texts.join('')).length).toBe(sizeBytes);
      lines.push(`${version}=${texts.join('+')}`);
    }
    return lines;
  }

  #textOf(hash: string): string {
    return ['x', 'yy', 'zzz'].find((text) => this.#scene.hashOf(text) === hash) ?? hash;
  }
}

function refusalOf(model: () => unknown): ErrorCode | 'none' {
  try {
    model();
    return 'none';
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
}

test('any sequence of operations leaves what a simple model says, and whole tables', async () => {
  const sequence = fc.array(steps, { minLength: 1, maxLength: 80, size: 'max' });
  await fc.assert(
    fc.asyncProperty(sequence, async (sequence) => {
      const run = new Run(await directoryScene());
      for (const { label, act } of sequence) {
        try {
          await act(run);
          await run.check();
        } catch (error) {
          throw new Error(`after ${label}`, { cause: error });
        }
      }
    }),
    { numRuns: 60 },
  );
});
