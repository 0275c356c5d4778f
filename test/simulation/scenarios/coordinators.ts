import { clusterKeyProofs } from '@holdfast/crypto';
import { CLUSTER_KEY } from '../cluster/cluster-key.ts';
import { SimulatedPeers } from '../cluster/simulated-peers.ts';
import { MachineClock } from '../world/machine-clock.ts';
import { SimulatedProcess } from '../world/simulated-process.ts';
import type { Scenario } from './scenario.ts';

const FILE_BYTES = 20_000;
/** A rebuild that goes ahead does so within this time. */
const REBUILD_MS = 20_000;
const ALL = 1_000;

/** The store that is heard first was not in view any more when the newest changes were made. */
export const rebuildFromOlderView: Scenario = {
  name: 'rebuild-from-older-view',
  what: 'The directory is rebuilt, and the store that comes first is one of an older view.',
  play: async (stage) => {
    const { frontend } = stage.cluster;
    const [first, second, third] = stage.servers;
    const client = await stage.connect();
    await stage.write(client, '/shared/old', stage.newBytes(FILE_BYTES));
    await stage.untilWhole();
    await third.crash('kill');
    await stage.write(client, '/shared/new', stage.newBytes(FILE_BYTES));
    for (const server of [first, second]) await server.crash('power');
    await frontend.replaceDisk();
    frontend.rebuildAtStart({ acceptLoss: false });
    void frontend.start();
    await third.start();
    await stage.pass(REBUILD_MS);
    for (const server of [first, second]) await server.start();
    await stage.untilWhole();
    await stage.readAll(await stage.connect());
  },
};

/** What the former coordinator knew of positions may be of another disk: only its epoch tells. */
export const staleCoordinator: Scenario = {
  name: 'stale-coordinator',
  what: 'A coordinator whose epoch is over reaches a store and has it delete, after a new one took over.',
  play: async (stage) => {
    const { frontend } = stage.cluster;
    const [, , third] = stage.servers;
    const client = await stage.connect();
    await stage.write(client, '/shared/file', stage.newBytes(FILE_BYTES));
    const { epoch } = stage.parts.engine.status;
    const upTo = third.store?.position ?? 0;
    await frontend.crash('kill');
    await frontend.start();
    await stage.untilWhole();
    const { store } = third;
    stage.mustHappen(store !== undefined && store.epoch > epoch, 'a new coordinator took over');
    const process = new SimulatedProcess(stage.cluster.world, {
      ...{ address: 'ws://former', pid: 1, random: stage.random },
      clock: new MachineClock(stage.clock),
    });
    const proofs = clusterKeyProofs(CLUSTER_KEY, stage.random);
    const former = await new SimulatedPeers('former', process, proofs).reach(third);
    const chunks = store?.list(undefined, ALL).map(({ file, hash }) => ({ file, hash })) ?? [];
    const told = await stage.attempt(async () => {
      await former.delete({ epoch, chunks, upTo });
      return 'yes';
    });
    await stage.checkWhatIsSaid();
    stage.expect(told === 'stale-epoch', `A former coordinator was answered: ${told} (§P1)`);
    await stage.untilWhole();
    await stage.readAll(client);
  },
};
