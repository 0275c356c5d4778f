import { CHUNK_STORE_LIMITS, openChunkStore } from '@holdfast/chunk-store';
import {
  HoldfastError,
  isHoldfastError,
  keyContract,
  registryContract,
  storeContract,
} from '@holdfast/contracts';
import { blake3Hasher, chunkTickets, clusterKeyProofs, putProofs } from '@holdfast/crypto';
import {
  boundLog,
  clearTextNotice,
  collectWhenIdle,
  createLog,
  ensureClusterKey,
  loadServerConfig,
  nodeClock,
  nodeDisk,
  nodeRandom,
  untilSignalled,
  watchKillPoints,
} from '@holdfast/host';
import { JOURNAL_LIMITS, openJournal, openSnapshots } from '@holdfast/journal';
import { Disposer } from '@holdfast/kernel';
import {
  DirectPulls,
  DirectPuts,
  DirectReads,
  Enrolment,
  KeyService,
  Scrubber,
  StoreService,
  TicketNonces,
} from '@holdfast/replication';
import { RMI_LIMITS, connect, createDaemon, type LinkState, serve } from '@holdfast/rmi';
import { PeerLinks } from './peer-links.ts';
import { peerSockets } from './peer-sockets.ts';
import { serverPages } from './server-pages.ts';
import { Standing } from './standing.ts';

/** Runs one file server until it is told to stop, with every acknowledged write kept (§P7). */
export async function runServer(configFile: string): Promise<void> {
  const config = await loadServerConfig(configFile);
  const { name, address, frontends } = config;
  POINT: watchKillPoints(name, {
    chunkStore: CHUNK_STORE_LIMITS,
    journal: JOURNAL_LIMITS,
    rmi: RMI_LIMITS,
  });
  const log = createLog(name);
  const notice = (text: string): void => log.warn({}, text);
  const inClear = clearTextNotice(config);
  if (inClear !== undefined) notice(inClear);
  const key = await ensureClusterKey(config.clusterKey);
  const proofs = clusterKeyProofs(key, nodeRandom);

  await using owned = new Disposer();
  owned.use(boundLog());
  owned.use(collectWhenIdle());
  const disk = nodeDisk(config.data);
  const ports = { disk, hasher: blake3Hasher, random: nodeRandom, clock: nodeClock, notice };
  const store = owned.use(await openChunkStore({ ...ports, folder: 'chunks' }));
  const journal = owned.use(await openJournal({ ...ports, folder: 'journal', quarantine: true }));
  const snapshots = await openSnapshots({ ...ports, folder: 'snapshots' });
  const peers = owned.use(new PeerLinks(name, proofs));
  const scrubber = owned.use(new Scrubber({ ...ports, store, journal, snapshots, path: 'scrub' }));
  const nonces = new TicketNonces(nodeClock, nodeRandom);
  const tickets = chunkTickets(key);
  const links = owned.use(peerSockets());
  const service = new StoreService({
    store,
    journal,
    snapshots,
    hasher: blake3Hasher,
    peers,
    directPulls: new DirectPulls({ store, tickets, links, clock: nodeClock }),
    space: () => disk.space(),
    scrubber,
    clock: nodeClock,
    nonces,
  });

  const direct = { store, nonces };
  const reads = new DirectReads({ ...direct, tickets });
  const puts = new DirectPuts({ ...direct, name, service, links, proofs: putProofs(key) });

  const standing = new Standing();
  const daemon = createDaemon({ clock: nodeClock, random: nodeRandom, name, log });
  daemon.expose(keyContract, new KeyService(proofs));
  daemon.expose(storeContract, service);
  owned.use(
    await serve(daemon, {
      url: config.listen,
      chunks: {
        open: (wanted) => reads.open(wanted),
        admit: (put) => puts.admit(put),
        put: (put, content) => puts.put(put, content),
      },
      http: serverPages(config, service, standing),
    }),
  );
  log.info({}, `Listening at ${config.listen}, with data in ${config.data}`);

  const enrolment = owned.use(
    new Enrolment({
      name,
      address,
      pid: process.pid,
      incarnation: nodeClock.wallMs(),
      service,
      proofs,
      clock: nodeClock,
      onProblem: (error) => {
        standing.refused(error);
        log.warn({ error: namingFolder(error, config.data) }, 'A heartbeat was not taken');
      },
    }),
  );
  const say = sayChanges((sentence) => log.info({}, sentence));
  const link = connect({
    addresses: frontends,
    clock: nodeClock,
    random: nodeRandom,
    name,
    bulk: 'eager',
    // Whatever is refused now may be mended without this server: the reason is said, and it tries again.
    givesUpOn: () => false,
    log,
    expose: [[storeContract, service]],
    authenticate: (peer) =>
      enrolment
        .register({
          name: peer.daemon,
          session: peer.session,
          key: peer.proxy(keyContract),
          registry: peer.proxy(registryContract),
        })
        .catch((error: unknown) => {
          standing.refused(error);
          throw namingFolder(error, config.data);
        }),
    onState: (state) => {
      standing.linkChanged(state);
      say(state);
    },
  });
  owned.defer(() => link.close());
  log.info({}, `Stopping on ${await untilSignalled()}`);
  await daemon.close();
}

/** A frontend that refuses a data folder does not know where it is. */
function namingFolder(error: unknown, folder: string): unknown {
  if (!isHoldfastError(error, 'foreign-store')) return error;
  return new HoldfastError(error.code, `${error.message} It is ${folder}.`, { cause: error });
}

/** Attempts repeat; what is said of them does not. */
function sayChanges(say: (sentence: string) => void): (state: LinkState) => void {
  let said = '';
  return (state) => {
    const sentence = stateSentence(state);
    const waitsAgain = state.phase === 'connecting' && state.reason === '' && said !== '';
    if (sentence === said || waitsAgain) return;
    said = sentence;
    say(sentence);
  };
}

function stateSentence({ phase, address, daemon, reason }: LinkState): string {
  if (phase === 'connected') return `Registered with ${daemon} at ${address}`;
  if (phase === 'closed') return `No longer connected to ${address}`;
  return `Waiting for the frontend at ${address}${reason ? `: ${reason}` : ''}`;
}
