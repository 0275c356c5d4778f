import type { ValueReader } from './value-reader.ts';
import type { ValueWriter } from './value-writer.ts';

/** Where a file or folder stands. `nowhere`: a new file, before its first version is committed. */
export type Place =
  | { readonly in: 'nowhere' }
  | { readonly in: 'folder'; readonly folder: string; readonly name: string }
  | { readonly in: 'trash'; readonly user: string; readonly bin: number; readonly id: string };

const NOWHERE = 0;
const FOLDER = 1;
const TRASH = 2;

export function writePlace(writer: ValueWriter, place: Place): void {
  if (place.in === 'nowhere') return writer.count(NOWHERE);
  if (place.in === 'folder') {
    writer.count(FOLDER);
    writer.hex(place.folder);
    writer.text(place.name);
    return;
  }
  writer.count(TRASH);
  writer.text(place.user);
  writer.count(place.bin);
  writer.text(place.id);
}

export function readPlace(reader: ValueReader): Place {
  const kind = reader.count();
  if (kind === NOWHERE) return { in: 'nowhere' };
  if (kind === FOLDER) return { in: 'folder', folder: reader.id(), name: reader.text() };
  return { in: 'trash', user: reader.text(), bin: reader.count(), id: reader.text() };
}
