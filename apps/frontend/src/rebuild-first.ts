import { join } from 'node:path';
import {
  type Journal,
  filesContract,
  keyContract,
  lostTail,
  registryContract,
  sessionContract,
  storeContract,
} from '@holdfast/contracts';
import { blake3Hasher, clusterKeyProofs } from '@holdfast/crypto';
import { type RebuildOutcome, openRebuild } from '@holdfast/directory';
import {
  type FrontendConfig,
  type Log,
  forgetRestoring,
  localAgreement,
  nodeClock,
  nodeDisk,
  nodeRandom,
  reportRebuild,
} from '@holdfast/host';
import { openJournal, openSnapshots } from '@holdfast/journal';
import { Disposer } from '@holdfast/kernel';
import { levelMap } from '@holdfast/ordered-map';
import { KeyService, RebuildRegistry } from '@holdfast/replication';
import { callBack, createDaemon, serve } from '@holdfast/rmi';
import { refuseAll } from './refuse-all.ts';

export interface RebuildFirstOptions {
  readonly config: FrontendConfig;
  readonly key: Uint8Array;
  readonly acceptLoss: boolean;
  readonly log: Log;
  /** Resolves when the frontend is told to stop. */
  readonly stopped: Promise<unknown>;
}

/**
 * Makes the directory anew from what the stores hold (§P11), before the frontend serves. Until that
 * is done it only says what it waits for. False: it was told to stop first; the next start goes on.
 */
export async function rebuildFirst(options: RebuildFirstOptions): Promise<boolean> {
  const { config, key, acceptLoss, log, stopped } = options;
  const { name } = config;
  await using owned = new Disposer();
  const disk = nodeDisk(config.data);
  const ports = { clock: nodeClock, random: nodeRandom, hasher: blake3Hasher };
  const agreement = owned.use(localAgreement(disk, 'agreement.json', blake3Hasher));
  const opening = { ...ports, disk, notice: (text: string) => log.warn({}, text) };
  const journal = owned.use(await openJournal({ ...opening, folder: 'journal', quarantine: true }));
  const snapshots = await openSnapshots({ ...opening, folder: 'snapshots' });
  const map = owned.use(await levelMap(join(config.data, 'view')));
  const left = { journal, snapshots, map, agreement };
  const rebuild = owned.use(await openRebuild({ ...ports, ...left, acceptLoss }));
  const daemon = createDaemon({ ...ports, name, log });
  daemon.expose(keyContract, new KeyService(clusterKeyProofs(key, nodeRandom)));
  daemon.expose(
    registryContract,
    new RebuildRegistry({
      rebuild,
      clock: nodeClock,
      storeOf: ({ session }) => callBack(daemon, session, storeContract),
      onProblem: (server, error) => log.warn({ error }, `${server} cannot be rebuilt from`),
    }),
  );
  const reason = (): string => rebuild.reason;
  daemon.expose(sessionContract, refuseAll(sessionContract, reason));
  daemon.expose(filesContract, refuseAll(filesContract, reason));
  const ready = () => ({ ok: false, details: { state: 'rebuilding', reason: rebuild.reason } });
  owned.use(await serve(daemon, { url: config.listen, http: { ready } }));
  log.info({}, `Rebuilding the directory; listening for file servers at ${config.listen}`);
  const outcome = await Promise.race([rebuild.done, stopped.then(() => undefined)]);
  await daemon.close({ graceMs: 0 });
  if (!outcome) return false;
  const report = tell(outcome, journal);
  for (const sentence of report) log.info({}, sentence);
  await forgetRestoring(config);
  await reportRebuild(config, report);
  return true;
}

function tell({ commits, timeMs, missing, givenUp }: RebuildOutcome, journal: Journal): string[] {
  const sentences = [`Rebuilt the directory from the file servers, up to change ${commits}.`];
  if (missing.length > 0) {
    sentences.push(
      `Changes after number ${commits}, of ${new Date(timeMs).toISOString()}, may be missing: ` +
        `${missing.join(', ')} did not come. What they hold beyond that is set aside when they return.`,
    );
  }
  if (givenUp.length > 0) {
    sentences.push(
      `Other changes of ${givenUp.join(', ')} do not belong to that history, and are set aside there.`,
    );
  }
  const lost = lostTail(journal);
  if (lost) {
    const folders = journal.quarantined.map(({ folder }) => folder).join(', ');
    sentences.push(
      `This frontend's own journal was damaged, and went up to change ${lost.number}. It is in ${folders} of its data folder.`,
    );
  }
  for (const folder of journal.kept) {
    sentences.push(`Changes that only this frontend had are in ${folder} of its data folder.`);
  }
  return sentences;
}
