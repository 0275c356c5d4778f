import type {
  CallContext,
  CallerSession,
  ChunkStore,
  Hasher,
  Implementation,
  FilesContract,
  Principal,
  Remote,
  StoreContract,
  StoreId,
  ChunkTickets,
  PutProofs,
} from '@holdfast/contracts';
import { type Directory, type JournalHolders, createDirectory } from '@holdfast/directory';
import { type TestEngine, testEngine } from '@holdfast/directory/testing';
import { type Clock, type Random, assert } from '@holdfast/kernel';
import type { Placement } from '@holdfast/placement';
import { type Coordinator, createCoordinator } from '../coordinator/coordinator.ts';
import type { JournalView } from '../coordinator/journal-view.ts';
import type { Member } from '../coordinator/member.ts';
import { Members } from '../coordinator/members.ts';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { StoreService } from '../store/store-service.ts';
import type { TicketNonces } from '../store/ticket-nonces.ts';

export interface ClusterSceneParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly hasher: Hasher;
  readonly placement: Placement;
  /** Where an earlier coordinator has left the directory. */
  readonly engine?: TestEngine;
  /** Makes tickets, where clients may read from stores directly. */
  readonly tickets?: ChunkTickets;
  /** The same for putting chunks there. */
  readonly puts?: PutProofs;
}

/** What happens before a command reaches a store; it may wait or throw. */
export type OnTheWay = (method: keyof Remote<StoreContract>) => Promise<void> | void;

interface SceneServer {
  readonly name: string;
  readonly session: CallerSession;
  onTheWay: OnTheWay;
}

const EPOCH = 1;
const JOURNAL = {
  tail: { epoch: 0, number: 0, hash: new Uint8Array(32) },
  kept: [],
  quarantined: [],
};
const DIRECTORY = 'd'.repeat(32);

/**
 * A coordinator with everything that it does in the background, over a directory in memory, and
 * stores that are handed in. Only the network and the journals on the stores are missing.
 */
export class ClusterScene implements AsyncDisposable {
  readonly engine: TestEngine;
  readonly directory: Directory;
  readonly members: Members;
  readonly problems: string[] = [];
  /** The stores whose journals a commit would wait for. */
  inView: readonly StoreId[] = [];
  readonly #parts: ClusterSceneParts;
  readonly #coordinator: Coordinator;
  readonly #servers = new Map<string, SceneServer>();
  readonly #remotes = new Map<string, Remote<StoreContract>>();
  #calls = 0;

  constructor(parts: ClusterSceneParts) {
    this.#parts = parts;
    this.engine = parts.engine ?? testEngine();
    const holders = (): JournalHolders => ({ inView: this.inView, left: [] });
    this.directory = createDirectory({
      ...parts,
      runner: this.engine,
      journalHolders: () => holders(),
    });
    this.members = new Members(parts.clock);
    const status = { state: 'serving', directory: DIRECTORY, epoch: EPOCH, writable: true };
    const view = {
      status: {
        ...status,
        roster: [],
        view: {
          get stores() {
            return holders().inView;
          },
        },
      },
      get journalHolders() {
        return holders();
      },
      noteLacking: () => {},
      joinView: async () => 'joined',
      dropFromView: async () => {},
      retire: async () => {},
    };
    this.#coordinator = createCoordinator({
      ...parts,
      directory: this.directory,
      members: this.members,
      view: view as unknown as JournalView,
      storeOf: ({ session }) => ({ remote: this.#remoteOf(session.id), lost: session.ended }),
      onProblem: (what, error) => this.problems.push(`${what}: ${String(error)}`),
      frontend: () => ({ name: 'frontend', pid: 1, startedMs: 0, epoch: EPOCH }),
      invitation: async () => '',
    });
  }

  get files(): Implementation<FilesContract> {
    return this.#coordinator.files;
  }

  get cluster(): Coordinator['cluster'] {
    return this.#coordinator.cluster;
  }

  /** A server registers with its store, and says that it lives from then on. Gives its service. */
  async join(name: string, store: ChunkStore, nonces?: TicketNonces): Promise<StoreService> {
    const { clock, hasher } = this.#parts;
    const principal: Principal = { kind: 'part', part: 'server', name };
    const server = { name, session: sessionOf(name, principal), onTheWay: () => {} };
    this.#servers.set(name, server);
    const service = new StoreService({
      store,
      clock,
      hasher,
      journal: JOURNAL as never,
      snapshots: { all: [] } as never,
      scrubber: { status: undefined } as never,
      peers: { reach: async (peer) => this.#remoteOf(peer.name) },
      space: async () => ({ freeBytes: 1e12, totalBytes: 1e12 }),
      ...(nonces && { nonces }),
    });
    this.#remotes.set(name, remoteTo(service, server));
    const context = this.#context(server.session);
    const stand = await service.stand();
    const about = { incarnation: 1, address: `ws://${name}`, pid: 1, stand };
    const report = await service.currentReport();
    await this.#coordinator.registry.register({ ...about, report }, context);
    const beat = (): void => {
      void service.currentReport().then((now) => this.members.named(name)?.heard(now));
      clock.schedule(LIMITS.heartbeatMs, beat);
    };
    beat();
    return service;
  }

  /** From now on this happens before each command to a server. */
  onTheWay(name: string, onTheWay: OnTheWay): void {
    const server = this.#servers.get(name);
    assert(server, 'the server has joined');
    server.onTheWay = onTheWay;
  }

  member(name: string): Member {
    const member = this.members.named(name);
    assert(member, 'the server is enrolled');
    return member;
  }

  store(name: string): StoreId {
    return this.member(name).store;
  }

  /** The context of a call of the administrator's. */
  call(): CallContext {
    const principal: Principal = { kind: 'user', user: 'admin', admin: true, login: 'admin' };
    return this.#context(sessionOf('client', principal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#coordinator[Symbol.asyncDispose]();
  }

  #remoteOf(name: string): Remote<StoreContract> {
    const remote = this.#remotes.get(name);
    assert(remote, 'the server has joined');
    return remote;
  }

  #context(session: CallerSession): CallContext {
    const call = { session: session.id, number: ++this.#calls, answeredBelow: 0 };
    const signal = new AbortController().signal;
    return { session, signal, call, correlationId: '' };
  }
}

function sessionOf(id: string, principal: Principal): CallerSession {
  const ended = new AbortController().signal;
  return { id, remoteAddress: '', principal, ended, end: () => {} };
}

/** The service as it is called over a connection. */
function remoteTo(service: StoreService, server: SceneServer): Remote<StoreContract> {
  return new Proxy({} as Remote<StoreContract>, {
    get: (_, method: keyof Remote<StoreContract>) => {
      // Whoever awaits the remote itself looks for a method that none has.
      if (!(method in service)) return undefined;
      return async (params: never, options: { signal?: AbortSignal } = {}) => {
        const { signal = new AbortController().signal } = options;
        await server.onTheWay(method);
        signal.throwIfAborted();
        return await service[method](params, { signal } as CallContext);
      };
    },
  });
}
