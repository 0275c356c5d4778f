import { join } from 'node:path';
import { createAuth } from '@holdfast/auth';
import {
  clusterContract,
  filesContract,
  keyContract,
  registryContract,
  sessionContract,
  storeContract,
  usersContract,
} from '@holdfast/contracts';
import {
  argon2PasswordHasher,
  blake3Hasher,
  chunkTickets,
  putProofs,
  clusterKeyProofs,
  hashToken,
} from '@holdfast/crypto';
import { ENGINE_LIMITS, createDirectory, openEngine } from '@holdfast/directory';
import {
  boundLog,
  clearTextNotice,
  collectWhenIdle,
  createLog,
  ensureClusterKey,
  findRebuildRequest,
  isRestored,
  loadFrontendConfig,
  localAgreement,
  nodeClock,
  nodeDisk,
  nodeRandom,
  untilSignalled,
  watchKillPoints,
  writeInvite,
} from '@holdfast/host';
import { JOURNAL_LIMITS, openJournal, openSnapshots } from '@holdfast/journal';
import { Disposer } from '@holdfast/kernel';
import { levelMap } from '@holdfast/ordered-map';
import { mirrorPlacement } from '@holdfast/placement';
import {
  DirectoryScrubber,
  KeyService,
  Members,
  REPLICATION_LIMITS,
  createCoordinator,
} from '@holdfast/replication';
import { RMI_LIMITS, callBack, createDaemon, serve } from '@holdfast/rmi';
import { BackupDesk } from './backup-desk.ts';
import { FirstSteps } from './first-steps.ts';
import { frontendPages } from './frontend-pages.ts';
import { passwordCommand } from './password-command.ts';
import { rebuildFirst } from './rebuild-first.ts';
import { StartReserve } from './start-reserve.ts';

/** Runs one frontend until it is told to stop, with every acknowledged change kept (§P7). */
export async function runFrontend(configFile: string): Promise<void> {
  const config = await loadFrontendConfig(configFile);
  const { name } = config;
  POINT: watchKillPoints(name, {
    replication: REPLICATION_LIMITS,
    journal: JOURNAL_LIMITS,
    engine: ENGINE_LIMITS,
    rmi: RMI_LIMITS,
  });
  const log = createLog(name);
  const notice = clearTextNotice(config);
  if (notice !== undefined) log.warn({}, notice);
  const key = await ensureClusterKey(config.clusterKey);

  await using owned = new Disposer();
  owned.use(boundLog());
  owned.use(collectWhenIdle());
  const request = await findRebuildRequest(config);
  if (request) {
    const stopped = untilSignalled();
    if (!(await rebuildFirst({ config, key, log, stopped, ...request }))) return;
  }
  const disk = nodeDisk(config.data);
  const reserve = owned.use(
    await StartReserve.open({
      disk,
      clock: nodeClock,
      onProblem: (error) => log.warn({ error }, 'No space could be kept for a start'),
    }),
  );
  const ports = { clock: nodeClock, random: nodeRandom, hasher: blake3Hasher };
  const notify = (text: string): void => log.warn({}, text);
  const journal = owned.use(
    await openJournal({ ...ports, disk, folder: 'journal', quarantine: true, notice: notify }),
  );
  const snapshots = await openSnapshots({ ...ports, disk, folder: 'snapshots', notice: notify });
  const map = owned.use(await levelMap(join(config.data, 'view')));
  const members = new Members(nodeClock);
  const engine = owned.use(
    await openEngine({
      ...ports,
      journal,
      snapshots,
      map,
      agreement: owned.use(localAgreement(disk, 'agreement.json', blake3Hasher)),
      restored: await isRestored(config),
      onDamage: ({ message }) => notify(message),
      onTrouble: (store, error) =>
        log.warn({ error }, `${members.nameOf(store)} did not take journal records`),
      onDropped: (store, why) => members.suspect(store, why),
    }),
  );
  void reserve.keep();
  const directory = createDirectory({
    ...{ ...ports, runner: engine },
    journalHolders: () => engine.journalHolders,
  });
  const passwords = owned.use(
    argon2PasswordHasher({ clock: nodeClock, command: passwordCommand() }),
  );
  const auth = createAuth({
    ...ports,
    runner: engine,
    passwords,
    hashToken,
    prepareUser: (user) => directory.ensureHome(user),
  });

  const directoryScrubber = owned.use(
    new DirectoryScrubber({
      ...{ engine, disk, path: 'scrub', clock: nodeClock },
      notice: (sentence) => {
        notify(sentence);
        members.emit('directory', sentence);
      },
    }),
  );
  const daemon = createDaemon({ ...ports, name, log });
  const startedMs = nodeClock.wallMs();
  const coordinator = owned.use(
    createCoordinator({
      ...ports,
      directory,
      members,
      view: engine,
      placement: mirrorPlacement(),
      directoryScrubber,
      frontend: () => ({ name, pid: process.pid, startedMs, epoch: engine.status.epoch }),
      invitation: async (server) => writeInvite({ name: server, frontends: [config.address], key }),
      tickets: chunkTickets(key),
      puts: putProofs(key),
      storeOf: ({ session }) => callBack(daemon, session, storeContract),
      onProblem: (what, error) => log.warn({ error }, `Trouble with ${what}`),
    }),
  );
  owned.use(members.onEvent(({ message }) => log.info({}, message)));
  owned.use(new BackupDesk({ config, engine, clock: nodeClock, random: nodeRandom, log }));
  const firstSteps = owned.use(new FirstSteps({ config, engine, directory, auth, log }));

  daemon.expose(keyContract, new KeyService(clusterKeyProofs(key, nodeRandom)));
  daemon.expose(registryContract, coordinator.registry);
  daemon.expose(sessionContract, auth.session);
  daemon.expose(usersContract, auth.users);
  daemon.expose(filesContract, coordinator.files);
  daemon.expose(clusterContract, coordinator.cluster);
  const ready = (): { ok: boolean; details: object } => ({
    ok: firstSteps.done && engine.status.writable,
    details: { ...engine.status, live: members.live.map((member) => member.name) },
  });
  const http = frontendPages({
    ...{ name, metricsToken: config.metricsToken, members, auth, ready },
    scrub: () => directoryScrubber.report,
  });
  owned.use(await serve(daemon, { url: config.listen, http }));
  log.info({}, `Listening at ${config.listen}, with data in ${config.data}`);
  log.info({}, `Stopping on ${await untilSignalled()}`);
  await daemon.close();
}
