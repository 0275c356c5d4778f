import { InvalidArgumentError } from 'commander';

/** Parses an option's value as a whole number from `least` to `most`. */
export function wholeNumber(
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value > most || value < least) {
      throw new InvalidArgumentError(
        `It must be a whole number from ${least} ${most === Number.MAX_SAFE_INTEGER ? 'on' : `to ${most}`}.`,
      );
    }
    return value;
  };
}
