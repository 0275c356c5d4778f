const UNITS = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** A number of bytes for people, in powers of 1000: `0 B`, `999 B`, `1.2 GB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  let value = bytes;
  let unit = 'B';
  for (const next of UNITS) {
    // 999.95 would be shown as 1000.0.
    if (value < 999.95) break;
    value /= 1000;
    unit = next;
  }
  return `${value < 99.95 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
