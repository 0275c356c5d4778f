import { joinParts, type ByteParts } from '@holdfast/kernel';
import { CHUNK_LINK_LIMITS as LIMITS } from './limits.ts';

/**
 * The pieces of a chunk as they arrive. From a network of small packets these are many, and each costs
 * memory beyond its bytes: then they are joined, each byte once.
 */
export class GatheredParts {
  readonly #parts: Uint8Array[] = [];
  /** Those from here on were not looked at yet. */
  #from = 0;
  #newBytes = 0;

  get all(): ByteParts {
    return this.#parts;
  }

  add(part: Uint8Array): void {
    this.#parts.push(part);
    this.#newBytes += part.length;
    const { gatheredParts, gatheredPartBytes } = LIMITS;
    if (this.#parts.length - this.#from < gatheredParts) return;
    if (this.#newBytes < gatheredParts * gatheredPartBytes) {
      this.#parts.push(joinParts(this.#parts.splice(this.#from)));
    }
    this.#from = this.#parts.length;
    this.#newBytes = 0;
  }
}
