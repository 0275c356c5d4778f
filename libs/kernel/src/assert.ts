/** A rule that the code itself guarantees was broken: a defect, never the user's mistake. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Throws an `InvariantError` unless `condition` holds. `rule` is the sentence that must be true. */
export function assert(condition: unknown, rule: string): asserts condition {
  if (!condition) throw new InvariantError(`Broken invariant: ${rule}`);
}
