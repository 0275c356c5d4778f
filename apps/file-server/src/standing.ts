import { isHoldfastError } from '@holdfast/contracts';
import type { LinkState } from '@holdfast/rmi';

/** What `/readyz` tells of a server besides the stand of its store. */
export type Readiness =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: string;
      /** Its data folder has left the cluster, `retired` or `forgotten`: it waits in vain. */
      readonly left?: string;
    };

/** Whether a server belongs to its cluster now, and else why not. */
export class Standing {
  #readiness: Readiness = { ok: false, reason: 'it has not reached its frontend yet' };

  get readiness(): Readiness {
    return this.#readiness;
  }

  /** Told of every state of the link to the frontend. */
  linkChanged({ phase, address, reason }: LinkState): void {
    if (phase === 'connected') this.#readiness = { ok: true };
    else if (!this.#hasLeft) {
      this.#readiness = {
        ok: false,
        reason: `it waits for the frontend at ${address}${reason ? `: ${reason}` : ''}`,
      };
    }
  }

  /** Told of every refusal: that the store has left stays true until it is let in again. */
  refused(error: unknown): void {
    if (!isHoldfastError(error, 'foreign-store')) return;
    const { how } = error.details;
    if (typeof how !== 'string') return;
    this.#readiness = { ok: false, reason: error.message, left: how };
  }

  get #hasLeft(): boolean {
    return !this.#readiness.ok && this.#readiness.left !== undefined;
  }
}
