import type {
  CallContext,
  ChunkHash,
  FileId,
  Principal,
  StoreId,
  UploadId,
} from '@holdfast/contracts';
import { fromHex, toHex, utf8 } from '@holdfast/kernel';
import { createDirectory } from '../create-directory.ts';
import type { AcknowledgedHolder, CommittedWrite, Directory, FilePlacement } from '../directory.ts';
import type { JournalHolders } from '../engine/journal-holders.ts';
import { type TestEngine, testEngine } from '../engine/testing/test-engine.ts';
import { plainHasher } from '../engine/testing/plain-hasher.ts';
import { countingRunner } from './counting-runner.ts';
import { distinctRandom } from './distinct-random.ts';

/** A directory in memory with three enrolled stores, and the ways in which tests write to it. */
export interface DirectoryScene {
  readonly engine: TestEngine;
  readonly directory: Directory;
  /** Keys written by each commit so far. */
  readonly keysOfCommits: readonly number[];
  /** The most rows that a query has read at once so far. */
  mostRows(): number;
  readonly stores: readonly StoreId[];
  readonly placement: FilePlacement;
  /** A context of a user; `admin` is the administrator. */
  as(user: string, call?: number): CallContext;
  holders(count?: number, generation?: number): AcknowledgedHolder[];
  enrol(store: StoreId, generation: number): Promise<void>;
  /** The stores in view from now on, all at first; and those that left it with all that there was. */
  setView(inView: readonly StoreId[], left?: JournalHolders['left']): void;
  /** Writes a small file as a frontend would, with the hash of `text` as its one chunk. */
  write(path: string, text: string, options?: SceneWrite): Promise<CommittedWrite>;
  hashOf(text: string): ChunkHash;
  rootOf(hashes: readonly ChunkHash[]): ChunkHash;
  newFile(): FileId;
  /** Opens an upload and records one chunk for each letter of `text`; commits nothing. */
  upload(path: string, text: string, options?: SceneUpload): Promise<SceneOpenUpload>;
}

export interface SceneWrite {
  readonly user?: string;
  readonly copies?: number;
  readonly ifVersion?: number;
  readonly require?: number;
  /** The directory keeps the bytes. */
  readonly inline?: boolean;
}

export interface SceneUpload {
  readonly user?: string;
  readonly copies?: number;
  readonly require?: number;
}

export interface SceneOpenUpload {
  readonly upload: UploadId;
  readonly file: FileId;
  /** Commits all that was recorded. */
  commit(call?: number): Promise<CommittedWrite>;
}

export async function directoryScene(engine: TestEngine = testEngine()): Promise<DirectoryScene> {
  const runner = countingRunner(engine);
  const stores = [1, 2, 3].map((n) => String(n).repeat(32) as StoreId);
  const placement: FilePlacement = { stores, copies: 3 };
  let journalHolders: JournalHolders = { inView: stores, left: [] };
  const random = distinctRandom();
  const directory = createDirectory({
    ...{ runner, random, hasher: plainHasher },
    journalHolders: () => journalHolders,
  });
  let files = 0;

  const scene: DirectoryScene = {
    engine,
    directory,
    keysOfCommits: runner.keysOfCommits,
    mostRows: () => runner.mostRows,
    stores,
    placement,
    as: (user, call) => contextOf({ user, call }),
    holders: (count = 3, generation = 1) =>
      stores.slice(0, count).map((store) => ({ store, generation, confirmed: true, position: 10 })),
    enrol: (store, generation) =>
      directory.putStore({
        store,
        name: `server-${stores.indexOf(store) + 1}`,
        address: 'ws://127.0.0.1:1',
        incarnation: 1,
        generation,
        position: 10,
        retiring: false,
        enrolledMs: 0,
      }),
    hashOf: (text) => toHex(plainHasher.hash([utf8(text)])) as ChunkHash,
    rootOf: (hashes) => toHex(plainHasher.hash(hashes.map(fromHex))) as ChunkHash,
    newFile: () => `f${(++files).toString(16).padStart(31, '0')}` as FileId,
    setView: (inView, left = []) => (journalHolders = { inView, left }),
    async write(path, text, { user = 'admin', copies, inline, ...options } = {}) {
      const context = scene.as(user);
      const write = { path, ...options };
      const met = await directory.fileForWrite(write, context);
      const target = met.file ? met : { file: scene.newFile(), placement };
      const length = utf8(text).length;
      const chunk = { hash: scene.hashOf(text), length, holders: scene.holders(copies) };
      const bytes = inline
        ? { inline: { hash: scene.hashOf(text), bytes: utf8(text) } }
        : { ...(length > 0 && { chunk }) };
      return await directory.writeSmall({ options: write, ...target, ...bytes }, context);
    },
    async upload(path, text, { user = 'alice', copies, ...options } = {}) {
      const write = { path, ...options };
      const met = await directory.fileForWrite(write, scene.as(user));
      const target = met.file ? met : { file: scene.newFile(), placement };
      const request = { options: write, positions: {}, ...target };
      const { upload, file } = await directory.openUpload(request, scene.as(user));
      const hashes = [...text].map((letter) => scene.hashOf(letter));
      const holders = scene.holders(copies);
      const chunks = hashes.map((hash, offset) => ({ offset, length: 1, hash, holders }));
      await directory.recordChunks(upload, chunks);
      const content = { sizeBytes: text.length, root: scene.rootOf(hashes) };
      const commit = (call?: number): Promise<CommittedWrite> =>
        directory.commitUpload({ upload, ...content }, scene.as(user, call));
      return { upload, file, commit };
    },
  };
  await directory.ensureRoots();
  for (const store of stores) await scene.enrol(store, 1);
  for (const user of ['alice', 'bob']) await directory.ensureHome(user);
  return scene;
}

function contextOf({ user, call }: { user: string; call: number | undefined }): CallContext {
  const principal: Principal = { kind: 'user', user, admin: user === 'admin', login: user };
  const signal = new AbortController().signal;
  return {
    session: {
      id: user,
      remoteAddress: '',
      principal,
      ended: signal,
      end: () => {},
    },
    signal,
    call: call === undefined ? undefined : { session: user, number: call, answeredBelow: 0 },
    correlationId: '',
  };
}
