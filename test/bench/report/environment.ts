import { cpus, release, totalmem } from 'node:os';

/** What the figures depend on besides the program. */
export interface Environment {
  readonly node: string;
  readonly kernel: string;
  readonly processors: number;
  readonly processor: string;
  readonly memoryMib: number;
  readonly folder: string;
  /** The share of the machine's processors that other programs took during the run. */
  readonly othersShare: number;
}

export function describeEnvironment(folder: string, othersShare: number): Environment {
  const all = cpus();
  return {
    node: process.version,
    kernel: release(),
    processors: all.length,
    processor: all[0]?.model ?? 'unknown',
    memoryMib: Math.round(totalmem() / 1024 / 1024),
    folder,
    othersShare,
  };
}
