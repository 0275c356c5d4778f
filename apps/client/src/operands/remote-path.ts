import { DATA_LIMITS, HoldfastError } from '@holdfast/contracts';

/** Where relative remote paths begin. */
export interface RemotePlace {
  readonly folder: string;
  readonly home: string;
}

/**
 * The absolute path that `text` means: relative to the present folder, `~` for one's home, `.` and
 * `..` resolved. A name that no folder could have is an `invalid-argument`.
 */
export function remotePath(text: string, place: RemotePlace): string {
  if (text === '') throw invalid('An empty name names no file. Give a name.');
  const names = segments(text, place);
  for (const name of names) checkName(name);
  const path = `/${names.join('/')}`;
  if (new TextEncoder().encode(path).length > DATA_LIMITS.pathBytes) {
    throw invalid(`The path ${shorten(path)} is longer than ${DATA_LIMITS.pathBytes} bytes.`);
  }
  return path;
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function joinRemote(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

function segments(text: string, { folder, home }: RemotePlace): string[] {
  const names: string[] = [];
  for (const name of absolute(text, folder, home).split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names;
}

function absolute(text: string, folder: string, home: string): string {
  if (text.startsWith('/')) return text;
  if (text === '~' || text.startsWith('~/')) return home + text.slice(1);
  return `${folder}/${text}`;
}

function checkName(name: string): void {
  if (name.includes('\0')) throw invalid(`The name ${shorten(name)} contains a NUL character.`);
  if (name.includes('\uFFFD') || /\p{Surrogate}/u.test(name)) {
    throw invalid(`The name ${shorten(name)} is not valid UTF-8. Rename it.`);
  }
  const bytes = new TextEncoder().encode(name).length;
  if (bytes > DATA_LIMITS.nameBytes) {
    throw invalid(
      `The name ${shorten(name)} has ${bytes} bytes; a name has at most ${DATA_LIMITS.nameBytes}.`,
    );
  }
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
}

function invalid(message: string): HoldfastError {
  return new HoldfastError('invalid-argument', message);
}
