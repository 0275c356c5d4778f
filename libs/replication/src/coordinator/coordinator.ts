import type {
  ClusterContract,
  FilesContract,
  Hasher,
  Implementation,
  RegistryContract,
  PutProofs,
  StoreId,
  ChunkTickets,
} from '@holdfast/contracts';
import type { Directory } from '@holdfast/directory';
import type { Clock, Random } from '@holdfast/kernel';
import type { Placement } from '@holdfast/placement';
import { REPLICATION_LIMITS } from '../limits.ts';
import { CatchUp } from './catch-up.ts';
import { ChunkReader } from './chunk-reader.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { ClusterService, type ClusterServiceOptions } from './cluster-service.ts';
import { Collector } from './collector.ts';
import { Departures } from './departures.ts';
import { FilePlacer } from './file-placer.ts';
import { createFilesService } from './files-service.ts';
import { Findings } from './findings.ts';
import { Flights } from './flights.ts';
import { Inventory } from './inventory.ts';
import type { JournalView } from './journal-view.ts';
import type { Members } from './members.ts';
import { PlacementKeeper } from './placement-keeper.ts';
import { Probation } from './probation.ts';
import { PutGrants } from './put-grants.ts';
import { ReadService } from './read-service.ts';
import { Registrar, type StoreOf } from './registrar.ts';
import { Repair } from './repair.ts';
import { Retirement } from './retirement.ts';
import { SmallContents } from './small-contents.ts';
import { StoreNotes } from './store-notes.ts';
import { Strays } from './strays.ts';
import { TicketDesk } from './ticket-desk.ts';
import { Upkeep } from './upkeep.ts';
import { UploadService } from './upload-service.ts';
import { WriteService } from './write-service.ts';

export interface CoordinatorOptions extends Pick<
  ClusterServiceOptions,
  'frontend' | 'invitation' | 'directoryScrubber'
> {
  readonly directory: Directory;
  readonly members: Members;
  readonly view: JournalView;
  readonly placement: Placement;
  readonly clock: Clock;
  readonly random: Random;
  readonly hasher: Hasher;
  /** Bytes of small files that are kept at hand, if not as in production. */
  readonly keptContentsBytes?: number;
  /** Bytes of a file up to which the directory keeps it, if not as in production. */
  readonly inlineContentBytes?: number;
  /** Makes tickets with which clients read from servers directly, if they may. */
  readonly tickets?: ChunkTickets;
  /** The same for putting chunks there. */
  readonly puts?: PutProofs;
  readonly storeOf: StoreOf;
  readonly onProblem: (what: string, error: unknown) => void;
}

/** The parts of a frontend that keep files on stores, put together; the same in the simulator. */
export interface Coordinator extends AsyncDisposable {
  readonly files: Implementation<FilesContract>;
  readonly cluster: Implementation<ClusterContract>;
  readonly registry: Implementation<RegistryContract>;
  readonly members: Members;
}

export function createCoordinator(options: CoordinatorOptions): Coordinator {
  const { directory, members, view, clock, random, onProblem } = options;
  for (const entry of view.status.roster) members.enrol(entry);
  const epoch = (): number => view.status.epoch;
  const flights = new Flights();
  const strays = new Strays(() => members.live);
  const inventory = new Inventory({ directory, members, flights, strays, epoch });
  const writer = new ChunkWriter(members, epoch);
  const repair = new Repair({
    directory,
    members,
    epoch,
    clock,
    userWrites: () => writer.begun,
    onProblem: (target, error) => onProblem(`repair of ${target.name}`, error),
  });
  const departures = new Departures(members, clock);
  const retirement = new Retirement({ ...options, flights });
  const upkeep: Upkeep = new Upkeep({
    members,
    repair,
    collector: new Collector(directory, members, inventory, strays),
    inventory,
    strays,
    notes: new StoreNotes(directory, members),
    placements: new PlacementKeeper({ ...options, wantRepair: () => upkeep.wantRepair() }),
    retirement,
    clock,
    writable: () => view.status.writable,
    onProblem,
  });
  const reader = new ChunkReader(members, (store, chunk) => {
    directory.dropHolders(store, [chunk]).then(
      () => upkeep.wantRepair(),
      (error: unknown) => onProblem('noting a bad copy', error),
    );
  });
  const placer = new FilePlacer(members, options.placement);
  const { hasher } = options;
  const { inlineContentBytes = REPLICATION_LIMITS.inlineContentBytes } = options;
  const inView = (): readonly StoreId[] => view.status.view.stores;
  const contents = new SmallContents(hasher, { ...REPLICATION_LIMITS, ...options });
  const writes = new WriteService({
    contents,
    directory,
    members,
    writer,
    placer,
    flights,
    random,
    strays,
    hasher,
    inView,
    onLacking: (store) => view.noteLacking(store),
    inlineContentBytes,
  });
  const desk = new TicketDesk({
    members,
    tickets: options.tickets,
    puts: options.puts,
    directory: view.status.directory,
    epoch,
  });
  const grants = new PutGrants({ members, writer, flights, desk, clock });
  const uploads = new UploadService({
    directory,
    members,
    writer,
    writes,
    flights,
    strays,
    grants,
  });
  const reads = new ReadService({
    ...{ directory, members, reader, random, contents, desk },
    journalHolders: () => view.journalHolders,
  });
  const catchUp = new CatchUp({
    members,
    directory,
    view,
    inventory,
    clock,
    directoryId: view.status.directory,
    onProblem: (member, error) => onProblem(`catching up ${member.name}`, error),
  });
  const leaving = members.onChange((member, before) => {
    if (before !== 'live' || member.live) return;
    view
      .dropFromView(member.store, `${member.name} is ${member.state}`)
      .catch((error: unknown) => onProblem(`dropping ${member.name} from the view`, error));
  });
  const findings = new Findings({
    ...{ directory, members, view, clock },
    wantRepair: () => upkeep.wantRepair(),
    onProblem: (member, error) => onProblem(`what ${member.name} has found`, error),
  });
  const pauses = members.onPause(() => {
    view.confirmEpoch().catch((error: unknown) => onProblem('making sure of the epoch', error));
  });
  const probation = new Probation({ members, catchUp, clock, epoch });
  upkeep.start();
  return {
    files: createFilesService(directory, writes, uploads, reads),
    cluster: new ClusterService({
      ...options,
      journal: () => journalStatus(view, members),
      repair,
      retirement,
      departures,
      findings,
    }),
    registry: new Registrar({ ...options, catchUp, departures }),
    members,
    [Symbol.asyncDispose]: async () => {
      leaving[Symbol.dispose]();
      pauses[Symbol.dispose]();
      probation[Symbol.dispose]();
      members[Symbol.dispose]();
      await findings[Symbol.asyncDispose]();
      await upkeep[Symbol.asyncDispose]();
    },
  };
}

function journalStatus(
  { status }: JournalView,
  members: Members,
): ReturnType<ClusterServiceOptions['journal']> {
  const { directory, commits, writable, reason, view } = status;
  return {
    id: directory,
    commits,
    writable,
    ...(writable ? {} : { reason }),
    view: view.stores.map((store) => members.nameOf(store)),
  };
}
