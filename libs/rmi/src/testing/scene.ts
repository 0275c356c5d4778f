import type { Contract, Implementation, Remote } from '@holdfast/contracts';
import type { Clock, Random } from '@holdfast/kernel';
import { connect } from '../connect.ts';
import type { Connection } from '../connection.ts';
import { createDaemon, type Daemon, type DaemonOptions } from '../daemon.ts';
import { RMI_LIMITS } from '../limits.ts';
import type { ConnectOptions, Link } from '../link.ts';
import { MemoryNetwork } from '../memory-network.ts';
import { demo, demoContract, type DemoContract } from './demo-contract.ts';

/** A clock that stands still until it is moved. */
export interface MovableClock extends Clock {
  advance(ms: number): Promise<void>;
  run<T>(work: Promise<T>): Promise<T>;
  settle(): Promise<void>;
}

/** Daemons and links on a network in memory and a clock that stands still until moved. */
export class Scene {
  readonly clock: MovableClock;
  readonly network: MemoryNetwork;
  readonly #random: (seed: string) => Random;
  readonly #listening = new Map<string, Disposable>();
  readonly errors: object[] = [];

  constructor(clock: MovableClock, random: (seed: string) => Random, delayMs = 1) {
    this.clock = clock;
    this.#random = random;
    this.network = new MemoryNetwork({ clock: this.clock, delayMs: () => delayMs });
  }

  /** A daemon that listens on `address`, in the place of one that did before. */
  daemon(
    overrides: Partial<Implementation<DemoContract>> = {},
    options: Partial<DaemonOptions> & { readonly address?: string } = {},
  ): Daemon {
    const { clock } = this;
    const { address = 'daemon' } = options;
    const ignore = (): void => {};
    const log = {
      debug: ignore,
      info: ignore,
      warn: ignore,
      error: (fields: object) => void this.errors.push(fields),
    };
    const random = this.#random(address);
    const daemon = createDaemon({ clock, random, name: address, log, ...options });
    daemon.expose(demoContract, demo(overrides));
    this.unplug(address);
    this.#listening.set(address, this.network.listen(address, daemon.accept));
    return daemon;
  }

  /** The daemon at `address` dies: its connections break, and nobody listens any more. */
  kill(address = 'daemon'): void {
    this.unplug(address);
    this.network.cut((_from, to) => to === address);
  }

  unplug(address: string): void {
    this.#listening.get(address)?.[Symbol.dispose]();
    this.#listening.delete(address);
  }

  link(options: Partial<ConnectOptions> = {}): Link {
    const { clock, network } = this;
    const { name = 'caller' } = options;
    const random = this.#random(name);
    const transport = network.transport(name);
    return connect({ addresses: ['daemon'], transport, clock, random, name, ...options });
  }

  /** A link that is connected, and its proxy. */
  async connected<C extends Contract = DemoContract>(
    options: Partial<ConnectOptions> = {},
  ): Promise<{ readonly link: Link; readonly remote: Remote<C> }> {
    const link = this.link(options);
    await this.clock.run(link.ready());
    return { link, remote: link.proxy(demoContract) as unknown as Remote<C> };
  }

  /** A connection that a test speaks the protocol on by itself. */
  async raw(address = 'daemon', from = 'stranger'): Promise<RawClient> {
    const { signal } = new AbortController();
    const transport = this.network.transport(from);
    return new RawClient(
      await this.clock.run(transport.dial(address, { limits: RMI_LIMITS, signal })),
    );
  }
}

/** What came in on a connection, for a test that speaks the protocol by itself. */
export class RawClient {
  readonly connection: Connection;
  readonly texts: unknown[] = [];
  readonly frames: Uint8Array[] = [];
  closed: { readonly code: number; readonly reason: string } | undefined = undefined;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.receive({
      message: (data) => {
        if (typeof data === 'string') this.texts.push(JSON.parse(data));
        else this.frames.push(data);
      },
      alive: () => {},
      drained: () => {},
      closed: (reason) => (this.closed = reason),
    });
  }

  send(message: unknown): void {
    this.connection.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  hello(overrides: object = {}): void {
    const params = {
      protocol: 1,
      name: 'raw',
      session: '0'.repeat(32),
      secret: '1'.repeat(32),
      ...overrides,
    };
    this.send({ jsonrpc: '2.0', id: 'hello', method: 'rmi.hello', params });
  }
}
