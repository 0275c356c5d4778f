import type { ExitClass } from '@holdfast/contracts';

/** What each exit code means, for people. */
export const EXIT_CODE_MEANINGS: Readonly<Record<ExitClass | 'done', string>> = {
  done: 'everything was done',
  failed: 'something went wrong, such as a full local disk, or a part was skipped',
  usage: 'the command line or a configuration file is wrong',
  'not-found': 'there is no such file, folder, version, user or server',
  refused: 'not logged in, no right, or of another protocol number',
  unavailable: 'the cluster cannot do it now; the same command may succeed later',
  conflict: 'something is in the way: a file that exists, a folder, a newer version',
  damaged: 'the bytes that were found are not the ones that were written',
  interrupted: 'stopped with Ctrl-C or a signal',
};
