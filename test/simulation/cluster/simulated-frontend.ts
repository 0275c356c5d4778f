import { type Auth, createAuth } from '@holdfast/auth';
import {
  clusterContract,
  isHoldfastError,
  filesContract,
  keyContract,
  registryContract,
  sessionContract,
  storeContract,
  usersContract,
} from '@holdfast/contracts';
import { blake3Hasher, clusterKeyProofs, hashToken, putProofs } from '@holdfast/crypto';
import {
  type Directory,
  type Engine,
  createDirectory,
  openEngine,
  openRebuild,
} from '@holdfast/directory';
import { localAgreement } from '@holdfast/host';
import { openJournal, openSnapshots } from '@holdfast/journal';
import type { Disk } from '@holdfast/kernel';
import { mirrorPlacement } from '@holdfast/placement';
import {
  DirectoryScrubber,
  KeyService,
  Members,
  RebuildRegistry,
  createCoordinator,
} from '@holdfast/replication';
import { callBack, createDaemon } from '@holdfast/rmi';
import { CrashableMap } from '../world/crashable-map.ts';
import {
  type CrashKind,
  type MachineOptions,
  SimulatedMachine,
} from '../world/simulated-machine.ts';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import { ADMINISTRATOR } from './administrator.ts';
import { CLUSTER_KEY } from './cluster-key.ts';
import { plainPasswordHasher } from './plain-password-hasher.ts';
import { SIMULATION_LIMITS as LIMITS } from './simulation-limits.ts';

/** Parts of a running frontend that checks look into. */
export interface FrontendParts {
  readonly directory: Directory;
  readonly engine: Engine;
  readonly members: Members;
}

export interface SimulatedFrontendOptions extends MachineOptions {
  /** The directory keeps the smallest files itself. */
  readonly inline: boolean;
}

/** A frontend as `run-frontend.ts` puts it together, on a simulated machine. */
export class SimulatedFrontend extends SimulatedMachine {
  /** There is an administrator, and everybody else's folders are there. */
  ready = false;
  /** Servers of whose journals it said that they must be started again. */
  readonly poisoned: Set<string> = new Set();
  #map = new CrashableMap();
  #rebuild: { readonly acceptLoss: boolean } | undefined;
  #parts: FrontendParts | undefined;
  readonly #inline: boolean;

  constructor(options: SimulatedFrontendOptions) {
    super(options);
    this.#inline = options.inline;
  }

  get parts(): FrontendParts | undefined {
    return this.running ? this.#parts : undefined;
  }

  protected async run(process: SimulatedProcess): Promise<void> {
    const { name } = this;
    const { clock, random } = process;
    const disk = this.mount();
    const ports = { clock, random, hasher: blake3Hasher };
    if (this.#rebuild) await this.#rebuildFirst(process, disk, this.#rebuild);
    this.#rebuild = undefined;
    const journal = await openJournal({
      ...ports,
      disk,
      folder: 'journal',
      quarantine: true,
      segmentBytes: LIMITS.journalSegmentBytes,
      reserveBytes: LIMITS.journalReserveBytes,
      notice: this.notice(process),
    });
    const snapshots = await openSnapshots({ ...ports, disk, folder: 'snapshots' });
    const members = new Members(clock);
    const engine = await openEngine({
      ...ports,
      journal,
      snapshots,
      snapshotBytes: LIMITS.snapshotBytes,
      snapshotMarginRecords: LIMITS.snapshotMarginRecords,
      map: this.#map.open(),
      agreement: localAgreement(disk, 'agreement.json', blake3Hasher),
      onTrouble: (store, error) => {
        if (isHoldfastError(error, 'poisoned')) this.poisoned.add(members.nameOf(store));
        this.report(process, `journal of ${members.nameOf(store)}`, error);
      },
      onDropped: (store, why) => members.suspect(store, why),
      onDamage: ({ message }) => this.report(process, 'directory', message),
    });
    if (!process.alive) return;
    const directoryScrubber = new DirectoryScrubber({
      ...{ engine, disk, path: 'scrub', clock },
      notice: this.notice(process),
    });
    const directory = createDirectory({
      ...{ ...ports, runner: engine },
      journalHolders: () => engine.journalHolders,
    });
    const auth = createAuth({
      ...ports,
      runner: engine,
      passwords: plainPasswordHasher,
      hashToken,
      prepareUser: (user) => directory.ensureHome(user),
    });
    const daemon = createDaemon({ clock, random, name, log: this.log(process) });
    const startedMs = clock.wallMs();
    const coordinator = createCoordinator({
      ...ports,
      directory,
      members,
      view: engine,
      placement: mirrorPlacement(),
      keptContentsBytes: LIMITS.keptContentsBytes,
      ...(!this.#inline && { inlineContentBytes: 0 }),
      directoryScrubber,
      frontend: () => ({ name, pid: process.pid, startedMs, epoch: engine.status.epoch }),
      invitation: async (server) => server,
      puts: putProofs(CLUSTER_KEY),
      storeOf: ({ session }) => callBack(daemon, session, storeContract),
      onProblem: (what, error) => this.report(process, what, error),
    });
    this.#parts = { directory, engine, members };
    this.#tell(process, members);
    engine.onStatus((status) => {
      const { state, writable, reason } = status;
      const text = `is ${state} ${writable ? 'writable' : reason}`;
      this.note(process, text, writable ? 'state' : 'report');
      if (writable) void this.#takeFirstSteps(process, directory, auth);
    });
    daemon.expose(keyContract, new KeyService(clusterKeyProofs(CLUSTER_KEY, random)));
    daemon.expose(registryContract, coordinator.registry);
    daemon.expose(sessionContract, auth.session);
    daemon.expose(usersContract, auth.users);
    daemon.expose(filesContract, coordinator.files);
    daemon.expose(clusterContract, coordinator.cluster);
    process.listen(daemon.accept);
  }

  /** The next start makes the directory anew from what the stores hold, before it serves (§P11). */
  rebuildAtStart({ acceptLoss }: { readonly acceptLoss: boolean }): void {
    this.#rebuild = { acceptLoss };
  }

  /** Its map loses, without a trace, all entries whose key has these bytes in it; how many. */
  async loseFromMap(bytes: Uint8Array): Promise<number> {
    return await this.#map.lose(bytes);
  }

  override async replaceDisk(): Promise<void> {
    await super.replaceDisk();
    this.#map = new CrashableMap();
  }

  protected override async crashed(kind: CrashKind): Promise<void> {
    if (kind === 'power') await this.#map.crash(this.random);
    else this.#map.kill();
  }

  protected override async copyRest(): Promise<() => Promise<void>> {
    const copy = await this.#map.copy();
    return () => this.#map.restore(copy);
  }

  async #rebuildFirst(
    process: SimulatedProcess,
    disk: Disk,
    { acceptLoss }: { readonly acceptLoss: boolean },
  ): Promise<void> {
    const ports = { clock: process.clock, random: process.random, hasher: blake3Hasher, disk };
    await using agreement = localAgreement(disk, 'agreement.json', blake3Hasher);
    await using journal = await openJournal({
      ...ports,
      folder: 'journal',
      segmentBytes: LIMITS.journalSegmentBytes,
      reserveBytes: LIMITS.journalReserveBytes,
    });
    const snapshots = await openSnapshots({ ...ports, folder: 'snapshots' });
    const left = { journal, snapshots, agreement, map: this.#map.open() };
    using rebuild = await openRebuild({ ...ports, ...left, acceptLoss });
    const daemon = createDaemon({ ...ports, name: this.name, log: this.log(process) });
    daemon.expose(keyContract, new KeyService(clusterKeyProofs(CLUSTER_KEY, ports.random)));
    const registry = new RebuildRegistry({
      ...{ rebuild, clock: process.clock },
      storeOf: ({ session }) => callBack(daemon, session, storeContract),
      onProblem: (what, error) => this.report(process, what, error),
    });
    daemon.expose(registryContract, registry);
    using _listening = process.listen(daemon.accept);
    const { commits } = await rebuild.done;
    this.note(process, `has rebuilt the directory up to change ${commits}`, 'report');
    await daemon.close({ graceMs: 0 });
  }

  #tell(process: SimulatedProcess, members: Members): void {
    members.onChange((member) =>
      this.note(process, `sees ${member.name} ${member.state} ${member.reason ?? ''}`, 'state'),
    );
  }

  async #takeFirstSteps(
    process: SimulatedProcess,
    directory: Directory,
    auth: Auth,
  ): Promise<void> {
    try {
      await directory.ensureRoots({ trashMs: LIMITS.trashMs });
      await auth.ensureAdministrator(ADMINISTRATOR);
      this.ready = true;
    } catch (error) {
      this.report(process, 'first steps', error);
    }
  }
}
