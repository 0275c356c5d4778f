import type { Command as Declaration } from 'commander';
import { group } from '../commands/command.ts';

/** Flags of every command that is about a cluster of this machine. */
export interface ClusterFlags {
  /** The folder of the cluster, where it is not the one of this installation. */
  readonly data?: string;
}

/** Declares `cluster NAME`, with the option that says which cluster. */
export function clusterCommand(program: Declaration, usage: string): Declaration {
  return group(program, 'cluster', 'run a cluster on this machine')
    .command(usage)
    .option('--data <folder>', 'the folder of the cluster');
}
