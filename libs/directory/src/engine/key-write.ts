import type { MapChange } from '@holdfast/contracts';
import { keyBytes } from './keys.ts';

/** One key that a transaction wrote. */
export class KeyWrite implements MapChange {
  /** The key as `keyText`. */
  readonly text: string;
  readonly key: Uint8Array;
  /** Undefined: it was deleted. */
  readonly value: Uint8Array | undefined;
  #decoded: unknown;

  constructor(text: string, value: Uint8Array | undefined) {
    this.text = text;
    this.key = keyBytes(text);
    this.value = value;
  }

  /** The value as its table decodes it, once for all who read it. */
  read<V>(decode: (bytes: Uint8Array) => V): V | undefined {
    if (this.#decoded === undefined && this.value) this.#decoded = decode(this.value);
    return this.#decoded as V | undefined;
  }
}
