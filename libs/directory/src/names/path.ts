import { DATA_LIMITS, HoldfastError } from '@holdfast/contracts';
import { utf8 } from '@holdfast/kernel';

/** An absolute path, checked and normalised. */
export interface Path {
  /** The names from the root on; none for the root itself. */
  readonly names: readonly string[];
  /** As it is shown. */
  readonly text: string;
}

/**
 * Splits an absolute path into names in normal form C, so that two forms of the same accented
 * letter are the same name. Throws `invalid-argument` on a path or name that cannot be.
 */
export function parsePath(text: string): Path {
  if (!text.startsWith('/')) {
    throw invalid(`The path ${show(text)} is not absolute. Begin it with a slash.`);
  }
  if (tooLong(text, DATA_LIMITS.pathBytes)) {
    throw invalid(
      `The path ${show(text)} is longer than ${DATA_LIMITS.pathBytes} bytes. Use fewer or shorter names.`,
    );
  }
  if (text === '/') return { names: [], text };
  const names = text.slice(1).split('/');
  if (names.length > DATA_LIMITS.pathDepth) {
    throw invalid(
      `The path ${show(text)} has more than ${DATA_LIMITS.pathDepth} names. Use fewer folders.`,
    );
  }
  return pathOf(names.map((name) => checkName(name, text)));
}

export function pathOf(names: readonly string[]): Path {
  return { names, text: `/${names.join('/')}` };
}

/** The folder that a path is in; undefined for the root. */
export function parentOf({ names }: Path): Path | undefined {
  return names.length === 0 ? undefined : pathOf(names.slice(0, -1));
}

/** Whether `path` is `folder` or below it. */
export function isWithin(path: Path, folder: Path): boolean {
  return folder.names.every((name, i) => path.names[i] === name);
}

function checkName(name: string, path: string): string {
  if (name === '') {
    throw invalid(`The path ${show(path)} has an empty name in it. Remove the extra slash.`);
  }
  if (name === '.' || name === '..') {
    throw invalid(`The path ${show(path)} has the name ${name} in it. Write the path without it.`);
  }
  if (name.includes('\0')) {
    throw invalid(`A name in the path ${show(path)} has a NUL character. Use another name.`);
  }
  if (/\p{Surrogate}/u.test(name)) {
    throw invalid(
      `A name in the path ${show(path)} is not valid Unicode, so it has no UTF-8 form. Use another name.`,
    );
  }
  const normal = isAscii(name) ? name : name.normalize('NFC');
  if (tooLong(normal, DATA_LIMITS.nameBytes)) {
    throw invalid(
      `The name ${show(normal)} is longer than ${DATA_LIMITS.nameBytes} bytes in UTF-8. Use a shorter name.`,
    );
  }
  return normal;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

/** A character is at least one byte and at most three for each of its UTF-16 units. */
function tooLong(text: string, limitBytes: number): boolean {
  return (
    text.length > limitBytes || (3 * text.length > limitBytes && utf8(text).length > limitBytes)
  );
}

const SHOWN_CHARACTERS = 80;

/** A name or path fit for a message, however long or strange it is. */
function show(text: string): string {
  const short = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  return JSON.stringify(short);
}

function invalid(message: string): HoldfastError {
  return new HoldfastError('invalid-argument', message);
}
