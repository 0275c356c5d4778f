import type { ReadTransaction, Table, TransactionRunner } from '@holdfast/contracts';
import { confirmedCopies } from '../copies/save-chunk.ts';
import { COUNTERS } from '../counters.ts';
import { chunks, references, underReplicatedChunks } from '../tables/chunks.ts';
import { contents } from '../tables/contents.ts';
import { dentries } from '../tables/dentries.ts';
import { files } from '../tables/files.ts';
import { folders } from '../tables/folders.ts';
import { garbageChunks } from '../tables/garbage.ts';
import { manifests } from '../tables/manifests.ts';
import { trash, trashAges } from '../tables/trash.ts';
import { uploadProgress, uploads, uploadsOfFile } from '../tables/uploads.ts';
import type { VersionRecord } from '../tables/version-record.ts';
import { superseded, versions } from '../tables/versions.ts';

/**
 * Everything that must hold among the tables after any commit, as sentences about what does not.
 */
export async function brokenRules(runner: TransactionRunner): Promise<string[]> {
  return await runner.query(async (tx) => {
    const broken: string[] = [];
    const expect = (rule: string, actual: unknown, wanted: unknown): void => {
      const [a, b] = [JSON.stringify(actual), JSON.stringify(wanted)];
      if (a !== b) broken.push(`${rule}: ${a}, expected ${b}`);
    };
    await checkCounters(tx, expect);
    await checkReferences(tx, expect);
    await checkContents(tx, expect);
    await checkChunks(tx, expect);
    await checkPlaces(tx, expect);
    return broken;
  });
}

type Expect = (rule: string, actual: unknown, wanted: unknown) => void;

async function all<K extends readonly (string | number)[], V>(
  tx: ReadTransaction,
  table: Table<K, V>,
): Promise<{ key: K; value: V }[]> {
  return await tx.range(table, { prefix: [], limit: 100_000 });
}

async function checkCounters(tx: ReadTransaction, expect: Expect): Promise<void> {
  const under = await all(tx, underReplicatedChunks);
  const committed = (await all(tx, files)).flatMap(({ value }) => value.current ?? []);
  const expected = {
    files: committed.length,
    folders: (await all(tx, folders)).length,
    sizeBytes: committed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    openUploads: (await all(tx, uploads)).length,
    trashEntries: (await all(tx, trash)).length,
    underReplicated: under.length,
    singleCopy: under.filter(({ key }) => key[0] === 1).length,
  };
  for (const [name, count] of Object.entries(expected)) {
    const counter = COUNTERS[name as keyof typeof expected];
    expect(`the counter ${name}`, await tx.counter(counter), count);
  }
  expect(
    'each upload has its progress',
    keys(await all(tx, uploadProgress)),
    keys(await all(tx, uploads)),
  );
  expect(
    'each upload is known by its file',
    (await all(tx, uploadsOfFile)).length,
    expected.openUploads,
  );
  expect('each trash entry has its age', (await all(tx, trashAges)).length, expected.trashEntries);
}

/** The references in chunk records and their table are those that versions and manifests make. */
async function checkReferences(tx: ReadTransaction, expect: Expect): Promise<void> {
  const wanted = new Set<string>();
  const note = (file: string, { content, body }: VersionRecord): void => {
    if (body.kind === 'chunk') wanted.add(`${file} ${body.hash} ${content}`);
  };
  for (const { key, value } of await all(tx, files)) if (value.current) note(key[0], value.current);
  const old = await all(tx, versions);
  for (const { key, value } of old) note(key[0], value);
  for (const { key, value } of await all(tx, manifests))
    wanted.add(`${key[0]} ${value.hash} ${key[1]}`);
  const found = (await all(tx, references)).map(({ key }) => key.join(' '));
  for (const { key, value } of await all(tx, chunks)) {
    if (value.content !== '') found.push(`${key.join(' ')} ${value.content}`);
  }
  expect('references', found.sort(), [...wanted].sort());
  const expiring = (await all(tx, superseded)).map(({ key }) => `${key[1]} ${key[2]}`);
  expect('old versions expire', expiring.sort(), keys(old).sort());
}

/** The directory keeps the bytes of inline contents, and no others. */
async function checkContents(tx: ReadTransaction, expect: Expect): Promise<void> {
  const wanted = new Set<string>();
  const note = (file: string, { content, body }: VersionRecord): void => {
    if (body.kind === 'inline') wanted.add(`${file} ${content}`);
  };
  for (const { key, value } of await all(tx, files)) if (value.current) note(key[0], value.current);
  for (const { key, value } of await all(tx, versions)) note(key[0], value);
  expect('inline contents', keys(await all(tx, contents)).sort(), [...wanted].sort());
}

async function checkChunks(tx: ReadTransaction, expect: Expect): Promise<void> {
  const records = await all(tx, chunks);
  const referenced = new Set((await all(tx, references)).map(({ key }) => `${key[0]} ${key[1]}`));
  const live = records.filter(
    ({ key, value }) => value.content !== '' || referenced.has(key.join(' ')),
  );
  expect('live chunks', keys(records.filter(({ value }) => value.live)), keys(live));
  const dead = records.filter(({ value }) => !value.live);
  expect('garbage', keys(await all(tx, garbageChunks)), keys(dead));
  const under: string[] = [];
  for (const { key, value } of live) {
    const wanted = (await tx.get(files, key[0]))?.placement.stores ?? [];
    const confirmed = value.holders.filter((holder) => holder.confirmed);
    const whole = wanted.every((store) => confirmed.some((holder) => holder.store === store));
    if (!whole) under.push(`${confirmed.length} ${key.join(' ')}`);
  }
  expect(
    'under-replicated chunks',
    keys(await all(tx, underReplicatedChunks)).sort(),
    under.sort(),
  );
}

/** Each file is where its record says, with the copies that its chunks have. */
async function checkPlaces(tx: ReadTransaction, expect: Expect): Promise<void> {
  const named = await all(tx, dentries);
  for (const { key, value } of [...named]) {
    if (value.kind === 'link') continue;
    const record = value.kind === 'file' ? await tx.get(files, value.id) : undefined;
    const place = record ? record.place : await tx.get(folders, value.id);
    expect('place', place, { in: 'folder', folder: key[0], name: key[1] });
    if (record?.current) {
      const wanted = record.placement.stores.length;
      const copies = { wanted: value.wanted, confirmed: value.confirmed, version: value.version };
      const confirmed = await leastCopied(tx, value.id, record.current, wanted);
      expect(`copies of ${key[1]}`, copies, { wanted, confirmed, version: record.current.version });
    }
  }
}

async function leastCopied(
  tx: ReadTransaction,
  file: string,
  { body, content }: VersionRecord,
  wanted: number,
): Promise<number> {
  const rows = await tx.range(manifests, { prefix: [file, content], limit: 1000 });
  const hashes = body.kind === 'chunk' ? [body.hash] : rows.map(({ value }) => value.hash);
  let least = wanted;
  for (const hash of hashes) {
    const record = await tx.get(chunks, file, hash);
    least = Math.min(least, confirmedCopies(record?.holders ?? []));
  }
  return least;
}

function keys(rows: readonly { readonly key: readonly (string | number)[] }[]): string[] {
  return rows.map(({ key }) => key.join(' '));
}
