import {
  EMPTY_TAIL,
  type Hasher,
  type JournalTail,
  type LostTail,
  type QuarantinedJournal,
  hasOutgrown,
} from '@holdfast/contracts';
import { type Disk, fromHex, readWholeFile, toHex, writeFileAtomically } from '@holdfast/kernel';
import { decodeCheckedLine, encodeCheckedLine } from './checked-line.ts';
import { newerFormat } from './format.ts';
import { type JournalFolder, keepFolders, setAside } from './keep-folders.ts';
import { isSegmentName, resetsOf, type SegmentSupply } from './segment-supply.ts';
import { surveySegments } from './survey-segments.ts';

interface Place extends JournalFolder {
  readonly hasher: Hasher;
}

const FORMAT = 1;
const NOTE = 'tail';

/**
 * Sets aside a journal that cannot be opened since it is damaged, and begins an empty one in its
 * place. Nothing is removed before all of it is on stable storage twice. Resolves with the folder.
 */
export async function quarantineFiles(place: {
  readonly disk: Disk;
  readonly folder: string;
  readonly hasher: Hasher;
  readonly supply: SegmentSupply;
}): Promise<string> {
  const { disk, folder, hasher, supply } = place;
  const names = (await disk.list(folder)).map(({ name }) => name);
  const segments = names.filter(isSegmentName);
  const resets = resetsOf(segments.at(-1) ?? '');
  const newest = segments.filter((name) => resetsOf(name) === resets);
  const paths = newest.map((name) => `${folder}/${name}`);
  const tail = await surveySegments({ disk, hasher, paths });
  const aside = await quarantine({ disk, folder, hasher, resets }, { paths, tail });
  // It says nothing of what is begun now, and may be what is damaged.
  if (names.includes('beginning')) await disk.unlink(`${folder}/beginning`);
  await supply.take({ resets: resets + 1, base: EMPTY_TAIL, segmentBefore: 0 });
  for (const path of paths) await disk.unlink(path);
  await disk.syncFolder(folder);
  return aside;
}

/** Copies damaged segments aside, with a note of where they ended. They are not removed yet. */
export async function quarantine(
  place: Place,
  { paths, tail }: { readonly paths: readonly string[]; readonly tail: LostTail },
): Promise<string> {
  const { disk, hasher } = place;
  await forgetOutgrown(place, tail);
  const aside = await setAside('damaged', { ...place, paths });
  const { epoch, number, hash } = tail;
  const note = { format: FORMAT, epoch, number, ...(hash && { hash: toHex(hash) }) };
  const line = encodeCheckedLine(hasher, JSON.stringify(note));
  await writeFileAtomically(disk, `${aside}/${NOTE}`, line);
  return aside;
}

/** What was set aside because it was damaged, oldest first. */
export async function readQuarantined(place: Place): Promise<readonly QuarantinedJournal[]> {
  const { disk } = place;
  const found: QuarantinedJournal[] = [];
  for (const folder of await keepFolders('damaged', place)) {
    const names = (await disk.list(folder)).map(({ name }) => name).filter(isSegmentName);
    // What was outgrown has no files any more.
    if (names.length === 0) continue;
    const paths = names.map((name) => `${folder}/${name}`);
    const tail = (await readNote(place, folder)) ?? (await surveySegments({ ...place, paths }));
    found.push({ folder, tail });
  }
  return found;
}

/** So that what is set aside takes a bounded space, however often a disk damages a journal. */
async function forgetOutgrown(place: Place, by: LostTail): Promise<void> {
  const { disk } = place;
  const tail: JournalTail = { ...EMPTY_TAIL, epoch: by.epoch, number: by.number };
  for (const one of await readQuarantined(place)) {
    if (!hasOutgrown(tail, one.tail)) continue;
    for (const { name } of await disk.list(one.folder)) await disk.unlink(`${one.folder}/${name}`);
  }
}

/** Undefined if it is not as it was written. */
async function readNote({ disk, hasher }: Place, folder: string): Promise<LostTail | undefined> {
  const path = `${folder}/${NOTE}`;
  const line = decodeCheckedLine(hasher, (await readWholeFile(disk, path)) ?? new Uint8Array());
  if (line === undefined) return undefined;
  const { format, epoch, number, hash } = JSON.parse(line) as Stored;
  if (format > FORMAT) throw newerFormat(path, format);
  return { epoch, number, ...(hash !== undefined && { hash: fromHex(hash) }) };
}

interface Stored {
  readonly format: number;
  readonly epoch: number;
  readonly number: number;
  readonly hash?: string;
}
