import {
  type Agreement,
  type AgreementState,
  type DirectoryId,
  HoldfastError,
  type RosterEntry,
  type View,
} from '@holdfast/contracts';

/** An agreement with nobody but oneself. */
export class MemoryAgreement implements Agreement {
  #state: AgreementState | undefined;

  constructor(state?: AgreementState) {
    this.#state = state;
  }

  async read(): Promise<AgreementState | undefined> {
    return this.#state;
  }

  async become(newDirectory: DirectoryId): Promise<AgreementState> {
    const { directory, epoch, view, roster } = this.#state ?? {
      directory: newDirectory,
      epoch: 0,
      view: { number: 0, stores: [] },
      roster: [],
    };
    this.#state = { directory, epoch: epoch + 1, view, roster };
    return this.#state;
  }

  async update(epoch: number, view: View, roster: readonly RosterEntry[]): Promise<AgreementState> {
    if (!this.#state || epoch !== this.#state.epoch) {
      throw new HoldfastError('stale-epoch', `Epoch ${epoch} is over.`);
    }
    this.#state = { ...this.#state, view, roster };
    return this.#state;
  }

  async mend(): Promise<undefined> {
    return undefined;
  }

  async restore(state: AgreementState): Promise<void> {
    this.#state = state;
  }
}
