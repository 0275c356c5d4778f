import { assert } from '@holdfast/kernel';
import type { HoldfastClient } from '@holdfast/sdk';
import type { BenchCluster } from './cluster/bench-cluster.ts';
import type { Profiler } from './profile/profiler.ts';
import type { Figure } from './measure/figures.ts';
import type { Sizes } from './sizes.ts';

/** What a row of the bench works with. */
export interface BenchContext {
  readonly client: HoldfastClient;
  readonly cluster: BenchCluster;
  readonly sizes: Sizes;
  readonly repeat: number;
  /** Whether the user asked for this row by name. */
  readonly named: boolean;
  /** A folder on the same disk as the cluster's, for bare processes. */
  readonly bareFolder: string;
  /** A remote folder that is there and empty when the row begins, and removed behind it. */
  readonly remoteFolder: string;
  /** Memory of each process before any work, in MiB. */
  readonly idleMib: ReadonlyMap<string, number>;
  readonly profiler: Profiler | undefined;
  /** Tells whoever waits how far a row is that takes minutes. */
  progress(words: string): void;
}

/** A kind of work that is measured, named for `--only`. */
export interface Row {
  readonly name: string;
  readonly about: string;
  run(context: BenchContext): Promise<readonly Figure[]>;
}

/** What one measured piece of work took. */
export interface Timed {
  readonly seconds: number;
  /** CPU time of all servers and the frontend. */
  readonly clusterCpuSeconds: number;
}

/** Runs one measured piece of work; its label names the profile. */
export async function timed(
  { cluster, profiler }: BenchContext,
  label: string,
  work: () => Promise<unknown>,
): Promise<Timed> {
  const measure = async (): Promise<Timed> => {
    const cpuBefore = cluster.cpuSeconds();
    const begun = performance.now();
    await work();
    const seconds = (performance.now() - begun) / 1000;
    return { seconds, clusterCpuSeconds: cluster.cpuSeconds() - cpuBefore };
  };
  const result = profiler ? await profiler.around(label, measure) : await measure();
  cluster.assertAlive();
  return result;
}

/** The same for work that has a result. */
export async function timedResult<T>(
  context: BenchContext,
  label: string,
  work: () => Promise<T>,
): Promise<Timed & { readonly result: T }> {
  let result: { readonly value: T } | undefined;
  const took = await timed(context, label, async () => {
    result = { value: await work() };
  });
  assert(result, 'work that was timed has a result');
  return { ...took, result: result.value };
}
