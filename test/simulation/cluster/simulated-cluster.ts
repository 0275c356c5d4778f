import type { SeededRandom } from '@holdfast/testkit';
import type { SimulatedMachine, World } from '../world/simulated-machine.ts';
import { SimulatedClient } from './simulated-client.ts';
import { SimulatedFrontend } from './simulated-frontend.ts';
import { SimulatedServer } from './simulated-server.ts';

const SERVERS = 3;
const LARGE_FILES_CHANCE = 0.2;

/** One frontend, three file servers, and as many clients as come. */
export class SimulatedCluster {
  readonly world: World;
  readonly frontend: SimulatedFrontend;
  readonly servers: readonly SimulatedServer[];
  /** Some clusters get files of several full chunks; the others have small segments. */
  readonly largeFiles: boolean;
  readonly #random: SeededRandom;
  #clients = 0;

  /** `inline`: the directory may keep the smallest files itself, as in production. */
  constructor(world: World, random: SeededRandom, inline = true) {
    this.world = world;
    this.#random = random;
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
    });
  }
}
