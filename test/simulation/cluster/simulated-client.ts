import { blake3Hasher } from '@holdfast/crypto';
import type { ChunkLink } from '@holdfast/contracts';
import { type HoldfastClient, connectHoldfast } from '@holdfast/sdk';
import { DirectPuts, DirectServers, type ServerPlace } from '@holdfast/sdk/testing';
import { MachineClock } from '../world/machine-clock.ts';
import { type ProcessWorld, SimulatedProcess } from '../world/simulated-process.ts';
import type { SeededRandom } from '@holdfast/testkit';
import { ADMINISTRATOR } from './administrator.ts';
import { dialChunksIn } from './simulated-chunk-links.ts';

export interface SimulatedClientOptions {
  readonly world: ProcessWorld;
  readonly name: string;
  readonly random: SeededRandom;
  readonly frontends: readonly string[];
  /** Chunks are put straight on the servers, where that works. */
  readonly direct: boolean;
}

/** How long a client of a simulation waits for its first connection. */
const FIRST_CONNECT_MS = 3_600_000;

/** A program that uses the sdk. It keeps nothing: another run is another client. */
export class SimulatedClient {
  readonly name: string;
  readonly process: SimulatedProcess;
  readonly #frontends: readonly string[];
  readonly #direct: boolean;
  #token: string | undefined;

  constructor({ world, name, random, frontends, direct }: SimulatedClientOptions) {
    this.name = name;
    const address = `ws://${name}`;
    this.process = new SimulatedProcess(world, {
      ...{ address, pid: 1, random },
      clock: new MachineClock(world.clock),
    });
    this.#frontends = frontends;
    this.#direct = direct;
  }

  async connect(): Promise<HoldfastClient> {
    const { clock, random, transport } = this.process;
    return await connectHoldfast({
      direct: false,
      ...{ clock, random, transport },
      addresses: this.#frontends,
      hasher: blake3Hasher,
      name: this.name,
      firstConnectMs: FIRST_CONNECT_MS,
      credentials: {
        token: async () => this.#token,
        password: async () => ADMINISTRATOR,
        keep: async (login) => void (this.#token = login?.token),
      },
    });
  }

  /** Puts chunks of whatever size straight on the servers; undefined where all goes through the frontend. */
  directPuts({ files }: HoldfastClient): DirectPuts | undefined {
    const { clock } = this.process;
    const dial = (place: ServerPlace): ChunkLink => dialChunksIn(this.process, place);
    const servers = new DirectServers({ clock, dial, mayReach: () => true });
    return this.#direct ? new DirectPuts({ files, servers, clock }) : undefined;
  }
}
