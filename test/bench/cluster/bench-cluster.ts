import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Disposer, assert } from '@holdfast/kernel';
import { claimPorts } from '../../support/claim-ports.ts';
import { until } from '../../support/until.ts';
import { childrenOf, cpuSeconds } from '../measure/process-usage.ts';
import { Part } from './part.ts';

const SERVERS = 3;
const READY_MS = 30_000;
const USER = 'admin';
/** The bundles lie beside the bundle of the bench. */
const DIST = dirname(fileURLToPath(import.meta.url));

/** One frontend and its servers on ports and a folder of their own, all of them this bench's children. */
export class BenchCluster implements AsyncDisposable {
  readonly address: string;
  readonly user: string = USER;
  readonly password: string;
  /** The frontend first. */
  readonly parts: readonly Part[];

  static async start(
    folder: string,
    inspect: boolean,
    servers: number = SERVERS,
  ): Promise<BenchCluster> {
    const owned = new Disposer();
    try {
      return await BenchCluster.#start({ folder, inspect, servers }, owned);
    } catch (error) {
      await owned[Symbol.asyncDispose]();
      throw error;
    }
  }

  static async #start(
    { folder, inspect, servers: count }: { folder: string; inspect: boolean; servers: number },
    owned: Disposer,
  ): Promise<BenchCluster> {
    await mkdir(folder, { recursive: true });
    const port = await claimPorts(count + 1);
    const start = async (name: string, program: string, config: object): Promise<Part> => {
      const file = join(folder, `${name}.json`);
      await writeFile(file, JSON.stringify(config));
      const log = join(folder, `${name}.log`);
      const path = join(DIST, `${program}.mjs`);
      return owned.use(new Part({ name, program: path, args: ['--config', file], log, inspect }));
    };
    const shared = { clusterKey: join(folder, 'cluster.key') };
    const passwordFile = join(folder, 'admin.password');
    const address = `ws://127.0.0.1:${port}`;
    const frontend = await start('frontend', 'frontend', {
      ...shared,
      name: 'frontend',
      listen: address,
      data: join(folder, 'frontend'),
      administrator: { user: USER, passwordFile },
    });
    const servers = Array.from({ length: count }, (_, index) => {
      const name = `server-${index + 1}`;
      const listen = `ws://127.0.0.1:${port + 1 + index}`;
      const data = join(folder, name);
      return start(name, 'file-server', { ...shared, name, listen, data, frontends: [address] });
    });
    const parts = [frontend, ...(await Promise.all(servers))];
    const ports = parts.map((_, index) => port + index);
    await Promise.all(parts.map((part, index) => awaitReady(part, ports[index] ?? 0)));
    const password = (await readFile(passwordFile, 'utf8')).trim();
    return new BenchCluster({ folder, address, password, parts, owned });
  }

  readonly #folder: string;
  readonly #owned: Disposer;

  private constructor(made: {
    folder: string;
    address: string;
    password: string;
    parts: readonly Part[];
    owned: Disposer;
  }) {
    this.#folder = made.folder;
    this.address = made.address;
    this.password = made.password;
    this.parts = made.parts;
    this.#owned = made.owned;
  }

  /** Every process, those that a part has started included, by a name for the table. */
  async processes(): Promise<readonly { name: string; pid: number }[]> {
    const found = await Promise.all(
      this.parts.map(async ({ name, pid }) => [
        { name, pid },
        ...(await childrenOf(pid)).map((child) => ({ name: `${name}, child`, pid: child })),
      ]),
    );
    return found.flat();
  }

  /** The part of that name. */
  part(name: string): Part {
    const found = this.parts.find((part) => part.name === name);
    assert(found, `the bench has a part ${name}`);
    return found;
  }

  /** Where a part keeps its data. */
  dataOf(name: string): string {
    return join(this.#folder, name);
  }

  /** CPU seconds that all parts have used so far. */
  cpuSeconds(): number {
    return this.parts.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
  }

  /** Fails with the last lines of a part that has ended. */
  assertAlive(): void {
    const dead = this.parts.find((part) => part.ended);
    if (dead) throw new Error(`${dead.name} has ended. Its log ends with:\n${dead.tail}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned[Symbol.asyncDispose]();
  }
}

/** Waits until a part serves, or fails with the last lines of its log. */
export async function awaitReady(part: Part, port: number): Promise<void> {
  const ready = async (): Promise<boolean> => {
    if (part.ended) return true;
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  };
  await until(`${part.name} to be ready`, ready, READY_MS).catch((cause: unknown) => {
    throw new Error(`${(cause as Error).message}. Its log ends with:\n${part.tail}`, { cause });
  });
  if (part.ended) throw new Error(`${part.name} has ended. Its log ends with:\n${part.tail}`);
}
