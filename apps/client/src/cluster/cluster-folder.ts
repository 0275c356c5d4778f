import { join, resolve } from 'node:path';
import { findInstallation, type Installation } from './installation.ts';

/**
 * The one folder in which a cluster of this machine keeps everything that it makes: removing it
 * removes the cluster and its files.
 */
export interface ClusterFolder {
  readonly path: string;
  readonly key: string;
  /** Folders with instance files, the first of which wins where both have one of a name. */
  readonly instanceFolders: readonly [own: string, ...shared: string[]];
  /** Where each part that runs has its process id. */
  readonly processes: string;
  readonly logs: string;
}

/** The folder that the user named, or the one of this installation. */
export function openClusterFolder(
  named: string | undefined,
  installation: Installation = findInstallation(),
): ClusterFolder {
  const path = resolve(named ?? installation.clusterFolder);
  const own = join(path, 'cluster');
  // The instances that a clone comes with keep their data in its own folder only.
  const ofClone = installation.isClone && path === installation.clusterFolder;
  return {
    path,
    key: join(path, 'cluster.key'),
    instanceFolders: ofClone ? [own, join(installation.root, 'cluster')] : [own],
    processes: join(path, 'run'),
    logs: join(path, 'logs'),
  };
}
