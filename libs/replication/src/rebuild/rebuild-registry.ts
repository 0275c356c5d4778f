import { HoldfastError, type Implementation, type RegistryContract } from '@holdfast/contracts';
import type { Rebuild } from '@holdfast/directory';
import type { Clock } from '@holdfast/kernel';
import { Member } from '../coordinator/member.ts';
import { type StoreOf, serverName } from '../coordinator/registrar.ts';
import { StoreJournalCopy } from '../coordinator/store-journal-copy.ts';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';

export interface RebuildRegistryOptions {
  readonly rebuild: Rebuild;
  readonly clock: Clock;
  readonly storeOf: StoreOf;
  /** A store's copy of the journal could not be taken into account. */
  readonly onProblem: (server: string, error: unknown) => void;
}

type Registry = Implementation<RegistryContract>;

/**
 * Where stores register while the directory is rebuilt from them (§P11). They are read from and
 * nothing else: none is told an epoch, so none takes a write or a deletion.
 */
export class RebuildRegistry implements Registry {
  readonly #options: RebuildRegistryOptions;

  constructor(options: RebuildRegistryOptions) {
    this.#options = options;
  }

  readonly register: Registry['register'] = async (params, context) => {
    const { rebuild, clock, storeOf, onProblem } = this.#options;
    const { stand, report, incarnation, address, pid } = params;
    const name = serverName(context);
    const { directory } = stand;
    if (directory === undefined) throw tooEarly(name);
    const { remote, lost: ended } = storeOf(context);
    const member = new Member({ store: stand.store, name }, clock);
    const session = context.session.id;
    member.connect({ incarnation, address, pid, remote, session, ended }, report);
    const copy = new StoreJournalCopy({ member, directory, adoptId: undefined });
    rebuild.hear(copy, directory).catch((error: unknown) => onProblem(name, error));
    return { directory, epoch: stand.epoch, heartbeatMs: LIMITS.heartbeatMs };
  };

  readonly heartbeat: Registry['heartbeat'] = async () => ({});
}

function tooEarly(name: string): HoldfastError {
  return new HoldfastError(
    'unavailable',
    `The directory is being rebuilt from the stores that hold it. ${name} is empty, and can join afterwards.`,
  );
}
