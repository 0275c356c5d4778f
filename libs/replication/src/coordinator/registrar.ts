import {
  type CallContext,
  HoldfastError,
  type Implementation,
  type RegistryContract,
  type Remote,
  type StoreContract,
  type StoreId,
  type StoreStand,
} from '@holdfast/contracts';
import type { Directory } from '@holdfast/directory';
import type { Clock } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { CatchUp } from './catch-up.ts';
import type { Departures } from './departures.ts';
import type { JournalView } from './journal-view.ts';
import type { Member } from './member.ts';
import type { Members } from './members.ts';

/** The store that the other end of a session exposes, and when the connection to it is lost. */
export type StoreOf = (context: CallContext) => {
  readonly remote: Remote<StoreContract>;
  readonly lost: AbortSignal;
};

export interface RegistrarOptions {
  readonly clock: Clock;
  readonly members: Members;
  readonly catchUp: CatchUp;
  readonly view: JournalView;
  readonly directory: Pick<Directory, 'departedStores'>;
  readonly departures: Departures;
  readonly storeOf: StoreOf;
}

type Registry = Implementation<RegistryContract>;

/** Admits stores to the cluster: their own directory's, one per name, one connection each. */
export class Registrar implements Registry {
  readonly #options: RegistrarOptions;
  readonly #startedMs: number;
  readonly #storeOfSession = new WeakMap<CallContext['session'], StoreId>();

  constructor(options: RegistrarOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonicMs();
  }

  readonly register: Registry['register'] = async (params, context) => {
    const { view, members, catchUp, storeOf } = this.#options;
    const name = serverName(context);
    const { stand, incarnation, address, pid, report } = params;
    await this.#refuseDeparted(name, stand.store);
    requireServing(view.status);
    this.#refuseForeign(name, stand);
    this.#storeOfSession.set(context.session, stand.store);
    const adoptId = this.#replacedStore(name, stand);
    const member = members.enrol({ store: adoptId ?? stand.store, name });
    this.#refuseSecond(member, incarnation);
    const { remote, lost } = storeOf(context);
    const reached = member.position;
    const connection = {
      incarnation,
      address,
      pid,
      remote,
      session: context.session.id,
      ended: lost,
    };
    member.connect(connection, report);
    const onLost = (): void => {
      if (member.connection === connection) members.disconnected(member, 'Its connection ended.');
    };
    lost.addEventListener('abort', onLost, { once: true });
    members.change(member, 'catching-up');
    catchUp.begin(member, { stand, reached, adoptId });
    const { directory, epoch } = view.status;
    return { directory, epoch, heartbeatMs: LIMITS.heartbeatMs };
  };

  readonly heartbeat: Registry['heartbeat'] = async ({ report }, context) => {
    const name = serverName(context);
    const member = this.#options.members.named(name);
    // Of a server whose name another one took over, nothing is heard.
    if (member?.connection?.session !== context.session.id) {
      const store = this.#storeOfSession.get(context.session);
      if (store !== undefined) await this.#refuseDeparted(name, store);
      throw new HoldfastError(
        'not-found',
        'This server is not part of the cluster any more. Stop it; started again, it joins anew.',
      );
    }
    member.heard(report);
    return {};
  };

  #refuseForeign(name: string, stand: StoreStand): void {
    const { members, view } = this.#options;
    const { directory } = view.status;
    if (stand.directory !== undefined && stand.directory !== directory) {
      view.meetStranger(name);
      requireServing(view.status);
      throw new HoldfastError(
        'foreign-store',
        `The data folder of ${name} belongs to another Holdfast directory (${stand.directory}, not ${directory}). Give it the right frontend; or, if its files are not needed, an empty data folder.`,
      );
    }
    const owner = members.find(stand.store);
    if (owner && owner.name !== name) {
      throw new HoldfastError(
        'foreign-store',
        `The data folder of ${name} is that of ${owner.name}. Start it under that name, or give ${name} its own folder.`,
      );
    }
  }

  /**
   * A store that was retired may miss what was deleted since, and one that was forgotten counts as lost.
   * Before this frontend serves it cannot be known; then `Retirement` sends such a store away.
   */
  async #refuseDeparted(name: string, store: StoreId): Promise<void> {
    const { directory, view, departures } = this.#options;
    if (view.status.state !== 'serving') return;
    const left = (await directory.departedStores()).find((departed) => departed.store === store);
    if (left) throw departures.refuse(name, left);
  }

  /** The store that a never-used one takes the place of, because its server's disk was lost. */
  #replacedStore(name: string, stand: StoreStand): StoreId | undefined {
    const { members } = this.#options;
    const holder = members.named(name);
    if (!holder || holder.store === stand.store) return undefined;
    if (holder.connection) throw nameTaken(name, holder);
    if (stand.directory === undefined) return this.#adoptable(holder);
    throw new HoldfastError(
      'foreign-store',
      `${name} is enrolled with another data folder than the one it has now. Give it its own folder back, or an empty one.`,
    );
  }

  /** Right after a start the server may yet return with the disk that it always had. */
  #adoptable(holder: Member): StoreId {
    const waitMs = this.#startedMs + LIMITS.adoptAfterMs - this.#options.clock.monotonicMs();
    if (waitMs <= 0) return holder.store;
    throw new HoldfastError(
      'unavailable',
      `The data folder of ${holder.name} is empty, and is filled anew if no other ${holder.name} connects within ${Math.ceil(waitMs / 1000)} s.`,
    );
  }

  /** A restart or a new connection of the same server takes over; a second server does not. */
  #refuseSecond(member: Member, incarnation: number): void {
    const present = member.connection;
    if (!present) return;
    if (incarnation < present.incarnation) throw nameTaken(member.name, member);
    this.#options.members.disconnected(member, 'It connected again.');
  }
}

/** A frontend that serves nothing admits nobody, and says why. */
function requireServing({ state, reason }: JournalView['status']): void {
  if (state === 'refused' || state === 'closed') throw new HoldfastError('unavailable', reason);
}

function nameTaken(name: string, holder: Member): HoldfastError {
  const { address = 'an unknown address', pid = 0 } = holder.connection ?? {};
  return new HoldfastError(
    'already-exists',
    `A server named ${name} is connected from ${address} (process ${pid}). Stop it, or give this one another name.`,
  );
}

/** The name of the server that a session has proven to be. */
export function serverName({ session }: CallContext): string {
  const { principal } = session;
  if (principal?.kind === 'part' && principal.part === 'server') return principal.name;
  throw new HoldfastError('forbidden', 'Only a file server can register.');
}
