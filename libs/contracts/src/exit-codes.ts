import { ERROR_CODES, HoldfastError, type ExitClass } from './errors.ts';

/** What a program's exit code tells a script. The table of README and `holdfast help`. */
export const EXIT_CODES: Readonly<Record<ExitClass | 'done', number>> = {
  done: 0,
  failed: 1,
  usage: 2,
  'not-found': 3,
  refused: 4,
  unavailable: 5,
  conflict: 6,
  damaged: 7,
  interrupted: 130,
};

export function exitCodeOf(error: unknown): number {
  return EXIT_CODES[error instanceof HoldfastError ? ERROR_CODES[error.code].exit : 'failed'];
}
