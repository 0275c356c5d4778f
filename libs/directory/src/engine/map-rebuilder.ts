import type { HoldfastError } from '@holdfast/contracts';
import type { Standing } from './standing.ts';

export interface MapRebuilderParts {
  readonly standing: Standing;
  /** Makes the map anew from what is written down of it elsewhere. */
  readonly rebuild: () => Promise<void>;
  readonly onDamage: (damage: HoldfastError) => void;
}

/** Has the map made anew when damage is met in it. Nothing is served meanwhile. */
export class MapRebuilder {
  readonly #parts: MapRebuilderParts;
  #rebuilding: Promise<void> | undefined;

  constructor(parts: MapRebuilderParts) {
    this.#parts = parts;
  }

  /** What is met while the map is made anew is of no interest any more. */
  damaged(damage: HoldfastError): void {
    if (this.#rebuilding) return;
    const { standing, rebuild, onDamage } = this.#parts;
    onDamage(damage);
    standing.pause(
      "Damage was found in the directory's map, which is rebuilt from the journal. " +
        'Try again in a moment.',
    );
    this.#rebuilding = rebuild()
      .then(
        () => standing.pause(undefined),
        (error: unknown) => this.failed(error),
      )
      .finally(() => {
        this.#rebuilding = undefined;
      });
  }

  /** The map can be written no more: the next start makes it anew. */
  failed(error: unknown): void {
    this.#parts.standing.refuse({
      code: 'unavailable',
      message:
        `The directory's map cannot be written: ${error instanceof Error ? error.message : String(error)} ` +
        'Nothing is lost: restart the frontend, which makes the map anew from the journal.',
    });
  }

  /** Resolves once the map is not being made anew. */
  async done(): Promise<void> {
    await this.#rebuilding;
  }
}
