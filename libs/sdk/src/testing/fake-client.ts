import {
  HoldfastError,
  type CallOptions,
  type Contract,
  type Hasher,
  type Remote,
} from '@holdfast/contracts';
import { deadline, deferred, type Clock } from '@holdfast/kernel';
import { abortable } from '../abortable.ts';
import { clientOfParts } from '../client-of-parts.ts';
import type { Connection } from '../connection.ts';
import type { Account, ClientState, HoldfastClient } from '../holdfast-client.ts';
import type { FakeFrontend } from './fake-frontend.ts';

/** A connection that a test cuts and restores. */
export class FakeConnection implements Connection {
  generation: number = 1;
  readyAtMs: number = Number.NEGATIVE_INFINITY;
  state: ClientState;
  readonly #listeners = new Set<(state: ClientState) => void>();
  readonly #account: Account;
  #back = deferred();

  constructor(account: Account) {
    this.#account = account;
    this.state = { kind: 'ready', address: 'fake', account };
  }

  get ready(): boolean {
    return this.state.kind === 'ready';
  }

  cut(): void {
    this.#back = deferred();
    this.#change({ kind: 'waiting', reason: 'The frontend is gone.' });
  }

  restore(): void {
    this.generation++;
    this.#change({ kind: 'ready', address: 'fake', account: this.#account });
    this.#back.resolve();
  }

  async whenReady(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (!this.ready) await this.#back.promise;
  }

  onState(listener: (state: ClientState) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }

  #change(state: ClientState): void {
    this.state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

type Method = (params: object, options?: CallOptions) => Promise<unknown>;

export interface FakeClient {
  readonly client: HoldfastClient;
  readonly connection: FakeConnection;
}

/** A client of a frontend in memory. While the connection is cut all calls are `disconnected`. */
export function fakeClient(
  frontend: FakeFrontend,
  clock: Clock,
  hasher: Pick<Hasher, 'hash'>,
): FakeClient {
  const account = { user: 'ann', admin: true };
  const connection = new FakeConnection(account);
  const proxy = <C extends Contract>(contract: C): Remote<C> => {
    return new Proxy(objectOf(frontend, contract.name) as Remote<C>, {
      get: (target, name) => async (params: object, options?: CallOptions) => {
        const cut = new HoldfastError('disconnected', 'The frontend is gone.');
        if (!connection.ready) throw cut;
        const method = Reflect.get(target as object, name) as Method;
        const answer = await inTime(clock, method(params, options), options?.timeoutMs);
        if (!connection.ready) throw cut;
        return answer;
      },
    });
  };
  const close = (): Promise<void> => Promise.resolve();
  const client = clientOfParts({ proxy, connection, account: () => account, close, clock, hasher });
  return { client, connection };
}

async function inTime<T>(clock: Clock, answer: Promise<T>, timeoutMs?: number): Promise<T> {
  if (timeoutMs === undefined) return await answer;
  const late = (): Error => new HoldfastError('timeout', 'The frontend did not answer in time.');
  using limit = deadline(clock, timeoutMs, late);
  return await abortable(answer, limit.signal);
}

function objectOf({ files, cluster, users }: FakeFrontend, name: string): object {
  return new Map<string, object>(Object.entries({ files, cluster, users })).get(name) ?? {};
}
