import { openChunkStore } from '@holdfast/chunk-store';
import { type ChunkStore, keyContract, registryContract, storeContract } from '@holdfast/contracts';
import { blake3Hasher, clusterKeyProofs, putProofs } from '@holdfast/crypto';
import { openJournal, openSnapshots } from '@holdfast/journal';
import {
  DirectPuts,
  Enrolment,
  KeyService,
  PeerChunkLinks,
  Scrubber,
  StoreService,
  TicketNonces,
} from '@holdfast/replication';
import { connect, createDaemon } from '@holdfast/rmi';
import type { SimulatedProcess } from '../world/simulated-process.ts';
import { SimulatedMachine, type MachineOptions } from '../world/simulated-machine.ts';
import { CLUSTER_KEY } from './cluster-key.ts';
import { dialChunksIn, exposeChunks } from './simulated-chunk-links.ts';
import { SimulatedPeers } from './simulated-peers.ts';
import { SIMULATION_LIMITS as LIMITS } from './simulation-limits.ts';

export interface SimulatedServerOptions extends MachineOptions {
  readonly frontends: readonly string[];
  /** Chunks above 200 KiB will come. */
  readonly largeChunks: boolean;
  /** Clients put chunks straight there. */
  readonly direct: boolean;
}

/** A file server as `run-server.ts` puts it together, on a simulated machine. */
export class SimulatedServer extends SimulatedMachine {
  readonly #frontends: readonly string[];
  readonly #largeChunks: boolean;
  readonly #direct: boolean;
  #store: ChunkStore | undefined;

  constructor(options: SimulatedServerOptions) {
    super(options);
    this.#frontends = options.frontends;
    this.#largeChunks = options.largeChunks;
    this.#direct = options.direct;
  }

  /** Its chunks, while it runs: for checks, not for parts of the cluster. */
  get store(): ChunkStore | undefined {
    return this.running ? this.#store : undefined;
  }

  /** Bytes of one of its segments. */
  get segmentBytes(): number {
    return this.#largeChunks ? LIMITS.largeChunkSegmentBytes : LIMITS.smallChunkSegmentBytes;
  }

  protected async run(process: SimulatedProcess): Promise<void> {
    const { name } = this;
    const { clock, random, transport, address, pid } = process;
    const incarnation = clock.wallMs();
    const proofs = clusterKeyProofs(CLUSTER_KEY, random);
    const disk = this.mount();
    const ports = { disk, hasher: blake3Hasher, random, clock, notice: this.notice(process) };
    const store = await openChunkStore({
      ...ports,
      folder: 'chunks',
      segmentBytes: this.segmentBytes,
      deadFraction: LIMITS.deadFraction,
      reserveBytes: LIMITS.chunkReserveBytes,
      ballastBytes: LIMITS.chunkBallastBytes,
      compactionDelayMs: LIMITS.compactionDelayMs,
    });
    const journal = await openJournal({
      ...ports,
      folder: 'journal',
      quarantine: true,
      segmentBytes: LIMITS.journalSegmentBytes,
      reserveBytes: LIMITS.journalReserveBytes,
    });
    const snapshots = await openSnapshots({ ...ports, folder: 'snapshots' });
    if (!process.alive) return;
    this.#store = store;
    const peers = new SimulatedPeers(name, process, proofs);
    const space = (): ReturnType<typeof disk.space> => disk.space();
    const scrubber = new Scrubber({ ...ports, store, journal, snapshots, path: 'scrub' });
    const nonces = new TicketNonces(clock, random.fork('nonces'));
    const service = new StoreService({
      ...{ store, journal, snapshots, peers, space, scrubber, clock },
      ...(this.#direct && { nonces }),
      hasher: blake3Hasher,
    });
    const links = new PeerChunkLinks({
      clock,
      dial: ({ name: server, address: at }) => dialChunksIn(process, { server, address: at }),
    });
    const puts = new DirectPuts({
      ...{ name, store, service, nonces, links },
      proofs: putProofs(CLUSTER_KEY),
    });

    const daemon = createDaemon({ clock, random, name, log: this.log(process) });
    daemon.expose(keyContract, new KeyService(proofs));
    daemon.expose(storeContract, service);
    exposeChunks(daemon, puts);
    process.listen(daemon.accept);

    const enrolment = new Enrolment({
      ...{ name, address, pid, incarnation, service, proofs, clock },
      onProblem: (error) => this.report(process, 'heartbeat', error),
    });
    connect({
      ...{ clock, random, name, transport },
      log: this.log(process),
      addresses: this.#frontends,
      bulk: 'eager',
      givesUpOn: () => false,
      expose: [[storeContract, service]],
      authenticate: (peer) =>
        enrolment.register({
          name: peer.daemon,
          session: peer.session,
          key: peer.proxy(keyContract),
          registry: peer.proxy(registryContract),
        }),
      onState: ({ phase, reason }) => this.note(process, `frontend ${phase} ${reason}`, 'state'),
    });
  }
}

export function isServer(machine: SimulatedMachine): machine is SimulatedServer {
  return machine instanceof SimulatedServer;
}
