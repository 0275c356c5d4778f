import { HoldfastError } from '@holdfast/contracts';

interface Found {
  readonly heard: readonly string[];
  readonly missing: readonly string[];
  /** Those of the missing that are there, but whose copies were damaged. */
  readonly damaged: readonly string[];
  readonly commits: number;
}

/** Why a rebuild does not go ahead. */
export function waitForMissing({ heard, missing, damaged, commits }: Found): string {
  const names = missing.join(', ');
  if (damaged.length > 0) {
    const others = missing.filter((name) => !damaged.includes(name));
    const start = others.length > 0 ? ` Start ${others.join(', ')}, and the rebuild goes on.` : '';
    return (
      `The directory is not rebuilt yet: changes up to ${commits} were found, and the copy of ` +
      `${damaged.join(', ')}, which is damaged, went further.${start} Only if there is no other way: ` +
      '`holdfast rebuild --accept-loss`.'
    );
  }
  return (
    `The directory is not rebuilt yet: ${heard.join(', ')} ${hold(heard)} changes up to ${commits}, ` +
    `but ${names} ${missing.length === 1 ? 'is' : 'are'} missing and may hold later ones. Start ` +
    `${names}, and the rebuild goes on by itself. Only if ${missing.length === 1 ? 'it is' : 'they are'} ` +
    'lost for good: `holdfast rebuild --accept-loss`.'
  );
}

/** What a rebuild that accepts a loss waits for. */
export function waitForQuiet({ heard, missing, commits }: Found): string {
  return (
    `The directory is being rebuilt: ${heard.join(', ')} ${hold(heard)} changes up to ${commits}. ` +
    `It goes on in a moment without ${missing.join(', ')}, unless heard by then.`
  );
}

/** Stores of two directories have come. */
export function otherDirectory(name: string, heard: readonly string[]): HoldfastError {
  const message =
    heard.length > 0
      ? `The store of ${name} belongs to another directory than ${heard.join(', ')}, so nothing is ` +
        'rebuilt. Stop the servers that do not belong here, then: `holdfast rebuild`.'
      : `The store of ${name} belongs to another directory than what is in this frontend's data ` +
        "folder, so nothing is rebuilt. Stop the server if it does not belong here; or, if the store's " +
        'files are the ones that are wanted, move the data folder of this frontend away. Then: ' +
        '`holdfast rebuild`.';
  return new HoldfastError('foreign-store', message);
}

function hold(names: readonly string[]): string {
  return names.length === 1 ? 'holds' : 'hold';
}
