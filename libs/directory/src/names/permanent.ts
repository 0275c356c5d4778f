import type { Path } from './path.ts';
import { HOME_NAME, SHARED_NAME } from './well-known.ts';

/** Whether a path is the home of `user`, which relative paths begin in. */
export function isHomeOf({ names }: Path, user: string): boolean {
  return names.length === 2 && names[0] === HOME_NAME && names[1] === user;
}

/** Whether a path is one of the folders that every directory has. */
export function isPermanent({ names }: Path): boolean {
  const [first, ...below] = names;
  return (
    below.length === 0 && (first === undefined || first === HOME_NAME || first === SHARED_NAME)
  );
}
