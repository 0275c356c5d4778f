import type { Clock } from '@holdfast/kernel';
import type { Link, LinkState } from '@holdfast/rmi';
import type { Connection } from './connection.ts';
import type { Account, ClientState } from './holdfast-client.ts';

/** A link's state as transfers and people need it. */
export class LinkConnection implements Connection {
  readonly #link: Link;
  readonly #account: () => Account | undefined;
  readonly #listeners = new Set<(state: ClientState) => void>();
  #generation = 0;
  #readyAtMs = Number.NEGATIVE_INFINITY;

  constructor(link: Link, clock: Clock, account: () => Account | undefined) {
    this.#link = link;
    this.#account = account;
    let phase: LinkState['phase'] = 'connecting';
    link.onState((state) => {
      if (state.phase === 'connected' && phase !== 'connected') {
        this.#generation++;
        this.#readyAtMs = clock.monotonicMs();
      }
      phase = state.phase;
      const told = this.state;
      for (const listener of this.#listeners) listener(told);
    });
  }

  get generation(): number {
    return this.#generation;
  }

  get readyAtMs(): number {
    return this.#readyAtMs;
  }

  get ready(): boolean {
    return this.#link.state.phase === 'connected';
  }

  /** Why there is no connection; empty before the first attempt failed. */
  get waitingFor(): string {
    return this.#link.state.reason;
  }

  get state(): ClientState {
    const { phase, address, reason, error } = this.#link.state;
    const account = this.#account();
    if (phase === 'connected' && account) return { kind: 'ready', address, account };
    if (phase === 'closed') return { kind: 'refused', reason: error?.message ?? reason };
    return { kind: 'waiting', reason };
  }

  async whenReady(signal?: AbortSignal): Promise<void> {
    await this.#link.ready(signal);
  }

  onState(listener: (state: ClientState) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }
}
