/** A counter as it stands in the map. */
export interface CounterValue {
  readonly value: number;
  /** The number of the last commit whose part is in `value`. */
  readonly upTo: number;
}

const NEVER_ADDED: CounterValue = { value: 0, upTo: 0 };

/** Two 64-bit floats, big-endian. */
export function encodeCounter({ value, upTo }: CounterValue): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setFloat64(0, value);
  view.setFloat64(8, upTo);
  return bytes;
}

export function decodeCounter(bytes: Uint8Array | undefined): CounterValue {
  if (!bytes) return NEVER_ADDED;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { value: view.getFloat64(0), upTo: view.getFloat64(8) };
}
