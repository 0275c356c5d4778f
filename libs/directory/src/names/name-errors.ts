import { HoldfastError } from '@holdfast/contracts';
import type { Path } from './path.ts';

export function notFound(path: Path): HoldfastError {
  return new HoldfastError(
    'not-found',
    `There is no ${path.text}. Look at what is there with ls, or in the trash if it was deleted.`,
    { details: { path: path.text } },
  );
}

export function missingParent(path: Path, missing: Path): HoldfastError {
  return new HoldfastError(
    'not-found',
    `There is no folder ${missing.text}, which ${path.text} would be in. Make it first (mkdir -p).`,
    { details: { path: path.text, missing: missing.text } },
  );
}

export function notAFolder(path: Path, obstacle: Path): HoldfastError {
  const what =
    path.text === obstacle.text
      ? `${path.text} is not a folder.`
      : `${obstacle.text} is not a folder, so nothing can be below it as ${path.text} would be.`;
  return new HoldfastError('not-a-folder', `${what} Name a folder.`, {
    details: { path: path.text, obstacle: obstacle.text },
  });
}

export function isAFolder(path: Path): HoldfastError {
  return new HoldfastError(
    'is-a-folder',
    `${path.text} is a folder, and a file is wanted. Name a file, or one inside the folder.`,
    { details: { path: path.text } },
  );
}

export function alreadyExists(path: Path, kind: string, advice: string): HoldfastError {
  return new HoldfastError(
    'already-exists',
    `There is already a ${kind} at ${path.text}. ${advice}`,
    { details: { path: path.text, kind } },
  );
}

export function versionConflict(path: Path, expected: number, found: number): HoldfastError {
  const is = found === 0 ? 'there is no such file' : `version ${found} is the current one`;
  const wanted = expected === 0 ? 'no file' : `version ${expected}`;
  return new HoldfastError(
    'version-conflict',
    `${path.text} was expected to have ${wanted}, but ${is}. Look at it again, then decide.`,
    { details: { path: path.text, expected, found } },
  );
}

/** The bytes were sent for a file that has meanwhile left this path. */
export function movedAway(path: Path): HoldfastError {
  return new HoldfastError(
    'version-conflict',
    `The file at ${path.text} was moved or removed while it was being written. Write it again.`,
    { details: { path: path.text, moved: true } },
  );
}

/** Like `movedAway`: whoever begins again finds other stores. */
export function chosenStoreLeft(path: Path): HoldfastError {
  return new HoldfastError(
    'version-conflict',
    `A server that was chosen for ${path.text} left the cluster while it was being written. Write it again.`,
    { details: { path: path.text, moved: true } },
  );
}

export function permanentFolder(path: Path): HoldfastError {
  return new HoldfastError(
    'forbidden',
    `${path.text} cannot be moved or removed: it is always there. Work with what is in it.`,
    { details: { path: path.text } },
  );
}
