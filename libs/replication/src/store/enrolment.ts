import {
  type CallerSession,
  HoldfastError,
  type KeyContract,
  type RegistryContract,
  type Remote,
  isHoldfastError,
  type KeyProofs,
} from '@holdfast/contracts';
import { type Clock, sleep } from '@holdfast/kernel';
import { proveKey } from '../trust/prove-key.ts';
import type { StoreService } from './store-service.ts';

export interface EnrolmentOptions {
  readonly name: string;
  /** Where other parts reach this server. */
  readonly address: string;
  readonly pid: number;
  /** Grows with each start of the server. */
  readonly incarnation: number;
  readonly service: StoreService;
  readonly proofs: KeyProofs;
  readonly clock: Clock;
  readonly onProblem: (error: unknown) => void;
}

/** A frontend that was just connected to. */
export interface DialledFrontend {
  readonly name: string;
  readonly session: CallerSession;
  readonly key: Remote<KeyContract>;
  readonly registry: Remote<RegistryContract>;
}

/** A file server's place in the cluster: registered anew after each connection, then heard of. */
export class Enrolment implements Disposable {
  readonly #options: EnrolmentOptions;
  #beating = new AbortController();

  constructor(options: EnrolmentOptions) {
    this.#options = options;
  }

  /** Proves the key, registers, and begins to send heartbeats. Rejects as the frontend refuses. */
  async register(frontend: DialledFrontend): Promise<void> {
    const { name, address, pid, incarnation, service, proofs } = this.#options;
    const { registry } = frontend;
    this.#beating.abort();
    await proveKey(frontend.key, proofs, 'server', name);
    // From now on it may command the store.
    frontend.session.principal = { kind: 'part', part: 'frontend', name: frontend.name };
    const report = await service.currentReport();
    const { heartbeatMs } = await registry.register({
      incarnation,
      address,
      pid,
      stand: await service.stand(),
      report,
    });
    this.#beating = new AbortController();
    void this.#beat(registry, heartbeatMs, this.#beating.signal);
  }

  [Symbol.dispose](): void {
    this.#beating.abort(new HoldfastError('cancelled', 'The server stops.'));
  }

  async #beat(
    registry: Remote<RegistryContract>,
    everyMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { service, clock, onProblem } = this.#options;
    while (!signal.aborted) {
      try {
        await sleep(clock, everyMs, signal);
        await registry.heartbeat({ report: await service.currentReport() }, { signal });
      } catch (error) {
        if (signal.aborted) return;
        onProblem(error);
        // It left the cluster: nobody listens until it registers again.
        if (isHoldfastError(error, 'not-found', 'foreign-store')) return;
      }
    }
  }
}
