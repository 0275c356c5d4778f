/** The middle of repeated measurements, and how far they lie apart. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: percentile(sorted, 50), min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN };
}

/** The value that `percent` of the sorted values do not exceed. */
export function percentile(sorted: readonly number[], percent: number): number {
  const middle = (sorted.length - 1) * (percent / 100);
  const [low, high] = [Math.floor(middle), Math.ceil(middle)];
  const [a, b] = [sorted[low] ?? NaN, sorted[high] ?? NaN];
  return a + (b - a) * (middle - low);
}
