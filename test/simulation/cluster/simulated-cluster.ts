import type { SeededRandom } from '@holdfast/testkit';
import type { SimulatedMachine, World } from '../world/simulated-machine.ts';
import { SimulatedClient } from './simulated-client.ts';
import { SimulatedFrontend } from './simulated-frontend.ts';
import { SimulatedServer } from './simulated-server.ts';

const SERVERS = 3;
const LARGE_FILES_CHANCE = 0.2;

/** Which of the ways of production a cluster takes. */
export interface ClusterWays {
  /** The directory keeps the smallest files itself. */
  readonly inline: boolean;
  /** Clients put chunks straight on the servers. */
  readonly direct: boolean;
}

const ALL_WAYS: ClusterWays = { inline: true, direct: true };

/** One frontend, three file servers, and as many clients as come. */
export class SimulatedCluster {
  readonly world: World;
  readonly frontend: SimulatedFrontend;
  readonly servers: readonly SimulatedServer[];
  /** Some clusters get files of several full chunks; the others have small segments. */
  readonly largeFiles: boolean;
  readonly #random: SeededRandom;
  readonly #direct: boolean;
  #clients = 0;

  constructor(world: World, random: SeededRandom, { inline, direct }: ClusterWays = ALL_WAYS) {
    this.world = world;
    this.#random = random;
    this.#direct = direct;
    this.largeFiles = random.chance(LARGE_FILES_CHANCE);
    const options = (name: string) => ({ world, name, random: random.fork(name) });
    this.frontend = new SimulatedFrontend({ ...options('frontend'), inline });
    this.servers = Array.from(
      { length: SERVERS },
      (_, i) =>
        new SimulatedServer({
          ...options(`server-${i + 1}`),
          frontends: [this.frontend.address],
          largeChunks: this.largeFiles,
          direct,
        }),
    );
  }

  get machines(): readonly SimulatedMachine[] {
    return [this.frontend, ...this.servers];
  }

  /** Starts whatever does not run, if need be with a new disk. */
  async startAll(): Promise<void> {
    const stopped = this.machines.filter((machine) => !machine.running);
    await Promise.all(stopped.map((machine) => machine.start()));
    for (const machine of stopped) {
      if (machine.running || !machine.rotten) continue;
      await machine.replaceDisk();
      await machine.start();
    }
  }

  newClient(): SimulatedClient {
    const name = `client-${++this.#clients}`;
    const random = this.#random.fork(name);
    return new SimulatedClient({
      world: this.world,
      name,
      random,
      frontends: [this.frontend.address],
      direct: this.#direct,
    });
  }
}
