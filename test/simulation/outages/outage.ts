import type { HoldfastClient } from '@holdfast/sdk';
import { simulatedClock } from '@holdfast/testkit';
import { Stage } from '../scenarios/stage.ts';
import type { SimulatedMachine } from '../world/simulated-machine.ts';
import type { Condition } from './conditions.ts';

/** What one combination allows, in the words of the outage matrix. */
export interface Outage {
  /** Of a file that was stored before: `yes`, or the code of the error. */
  readonly reads: string;
  /** Of another file: on how many servers it is stored at once, or the code of the error. */
  readonly writes: string;
  /** Whether everything that was acknowledged is there with all copies once all parts are back. */
  readonly heals: string;
}

/** Between the copies of the disks and what happens to them. */
const LATER_MS = 5_000;
/** How long the parts have been in their conditions when somebody wants something. */
const SETTLED_MS = 15_000;
const FILE_BYTES = 150_000;

/** What happens when the three servers are in these conditions, the frontend in its own. */
export async function simulateOutage(
  servers: readonly Condition[],
  frontend: Condition = 'well',
): Promise<Outage> {
  const clock = simulatedClock();
  const conditions = [frontend, ...servers];
  const stage = new Stage(clock, conditions.join(' '));
  return await clock.run(new OutageSimulation(stage, conditions).run());
}

class OutageSimulation {
  readonly #stage: Stage;
  readonly #conditions: readonly Condition[];
  #mending: (() => Promise<void>)[] = [];

  constructor(stage: Stage, conditions: readonly Condition[]) {
    this.#stage = stage;
    this.#conditions = conditions;
  }

  async run(): Promise<Outage> {
    const { cluster } = this.#stage;
    await this.#stage.begin();
    await using client = await this.#stage.connect();
    await this.#write(client, '/shared/old');
    await this.#stage.untilWhole();
    const copies = await Promise.all(cluster.machines.map((machine) => machine.copyDisk()));
    await this.#stage.pass(LATER_MS);
    await this.#write(client, '/shared/kept');
    await this.#write(client, '/shared/deleted');
    await this.#stage.untilWhole();

    await Promise.all(
      cluster.machines.map((machine, i) =>
        this.#bring(machine, this.#conditions[i] ?? 'well', copies[i]?.restore),
      ),
    );
    await this.#stage.pass(SETTLED_MS);
    const reads = await this.#read(client, '/shared/kept');
    const writes = await this.#stage.attempt(() => this.#write(client, '/shared/new'));
    const deletes = await this.#stage.attempt(() => this.#remove(client, '/shared/deleted'));

    for (const mend of this.#mending) await mend();
    await cluster.startAll();
    return { reads, writes, heals: await this.#healing(client, deletes === 'yes') };
  }

  async #bring(
    machine: SimulatedMachine,
    condition: Condition,
    restore: (() => Promise<void>) | undefined,
  ): Promise<void> {
    switch (condition) {
      case 'well':
        return;
      case 'dead':
        return await machine.crash('kill');
      case 'stopped':
        machine.stop();
        this.#mending.push(() => machine.resume('timers'));
        return;
      case 'emptied':
        await machine.replaceDisk();
        return await machine.start();
      case 'rolled back':
        await machine.crash('power');
        await restore?.();
        return await machine.start();
      case 'full': {
        const { freeBytes, totalBytes } = await machine.disk.mount().space();
        machine.disk.capacityBytes = totalBytes - freeBytes;
        this.#mending.push(async () => void (machine.disk.capacityBytes = Infinity));
      }
    }
  }

  async #write(client: HoldfastClient, path: string): Promise<string> {
    const { holders } = await this.#stage.write(client, path, this.#stage.newBytes(FILE_BYTES));
    return String(holders.length);
  }

  #read(client: HoldfastClient, path: string): Promise<string> {
    return this.#stage.attempt(() => this.#stage.read(client, path).then(() => 'yes'));
  }

  async #remove(client: HoldfastClient, path: string): Promise<string> {
    // From now on it may be there or not, until the answer says that it is gone.
    this.#stage.written.delete(path);
    await client.files.remove({ path, recursive: false });
    return 'yes';
  }

  /** `yes`, or which promise was not kept. */
  async #healing(client: HoldfastClient, deleted: boolean): Promise<string> {
    const missing = await this.#stage.becomeWhole();
    for (const path of this.#stage.written.keys()) {
      const found = await this.#read(client, path);
      if (found !== 'yes') return `no: a file is ${found}`;
    }
    if (missing !== '') return `no: ${missing}`;
    const names: string[] = [];
    for await (const { name } of client.list('/shared')) names.push(name);
    if (deleted && names.includes('deleted')) throw new Error('What was deleted is back (§P5)');
    return 'yes';
  }
}
