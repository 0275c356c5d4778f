import type { SeededRandom } from '@holdfast/testkit';
import type { SimulatedCluster } from '../cluster/simulated-cluster.ts';
import type { SimulatedMachine } from '../world/simulated-machine.ts';
import type { Damage } from './damage.ts';

/** What faults work with. */
export interface FaultScene {
  readonly cluster: SimulatedCluster;
  readonly damage: Damage;
  /** Waits, but for no longer than until all is calm. */
  readonly pause: (ms: number) => Promise<void>;
  readonly note: (text: string) => void;
  /** Ends one client; resolves once another one has taken its place. */
  readonly killClient: () => Promise<void>;
}

/** One fault of a plan, with everything that it may choose. */
export interface Strike {
  readonly random: SeededRandom;
  /** How long it lasts, where it lasts. */
  readonly forMs: number;
  /** The machine that a mood is about. */
  readonly target: SimulatedMachine;
}

/** Breaks something, and mends it in the end. False: there was nothing to break so. */
export type Fault = (scene: FaultScene, strike: Strike) => Promise<boolean>;
