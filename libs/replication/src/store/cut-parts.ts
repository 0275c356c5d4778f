import { type ByteParts, joinParts } from '@holdfast/kernel';

/** The bytes of chunks that follow one another; a length below 0 stands for one that is not there. */
export function cutParts(
  content: ByteParts,
  lengths: readonly number[],
): (ByteParts | undefined)[] {
  const joined = joinParts(content);
  let at = 0;
  return lengths.map((length) => {
    if (length < 0) return undefined;
    at += length;
    return [joined.subarray(at - length, at)];
  });
}
