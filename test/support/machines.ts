import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { runCommand, type CommandResult } from './run-command.ts';
import { RunningCommand } from './running-command.ts';
import { HOLDFAST } from './test-cluster.ts';

/** A machine of its own as far as the network goes, with a user and a disk folder of its own. */
export class Machine {
  readonly name: string;
  readonly folder: string;

  constructor(name: string, folder: string) {
    this.name = name;
    this.folder = join(folder, name);
    ip('netns', 'add', name);
    ip('-netns', name, 'link', 'set', 'lo', 'up');
  }

  async try(args: readonly string[], input: string | Uint8Array = ''): Promise<CommandResult> {
    const options = { env: this.#env(), input, cwd: '/' };
    return await runCommand('nsenter', this.#words(args), options);
  }

  async done(args: readonly string[], input: string | Uint8Array = ''): Promise<CommandResult> {
    const result = await this.try(args, input);
    if (result.code === 0) return result;
    throw new Error(`${this.name}: ${args.join(' ')} ended with ${result.code}: ${result.stderr}`);
  }

  /** Starts `holdfast` with `args` and leaves it running; dispose it. */
  begin(args: readonly string[]): RunningCommand {
    return new RunningCommand('nsenter', this.#words(args), { env: this.#env(), cwd: '/' });
  }

  async cluster(...words: readonly string[]): Promise<CommandResult> {
    return await this.done(['cluster', ...words, '--data', join(this.folder, 'cluster')]);
  }

  remove(): void {
    ip('netns', 'delete', this.name);
  }

  #words(args: readonly string[]): string[] {
    return [networkOf(this.name), process.execPath, HOLDFAST, ...args];
  }

  #env(): NodeJS.ProcessEnv {
    const env: NodeJS.ProcessEnv = { ...process.env, HOME: this.folder, NO_COLOR: '1' };
    for (const key of Object.keys(env)) if (key.startsWith('XDG_')) delete env[key];
    return env;
  }
}

/** Joins two machines by a cable; the first gets the address `NET.1`, the second `NET.2`. */
export function connectMachines(a: Machine, b: Machine, net: string): void {
  const [atA, atB] = [`${a.name}-${b.name}`, `${b.name}-${a.name}`];
  ip('link', 'add', atA, 'netns', a.name, 'type', 'veth', 'peer', 'name', atB, 'netns', b.name);
  for (const [machine, device, host] of [
    [a, atA, 1],
    [b, atB, 2],
  ] as const) {
    ip('-netns', machine.name, 'addr', 'add', `${net}.${host}/24`, 'dev', device);
    ip('-netns', machine.name, 'link', 'set', device, 'up');
  }
}

/** A machine that others are connected to, and which can drop what one of them sends to another. */
export class Router {
  readonly #machine: Machine;
  readonly #addresses = new Map<Machine, string>();

  constructor(name: string, folder: string) {
    this.#machine = new Machine(name, folder);
    enter(name, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
  }

  /** Returns the address at which the others reach it. */
  connect(machine: Machine): string {
    const net = `10.78.${this.#addresses.size + 1}`;
    connectMachines(this.#machine, machine, net);
    ip('-netns', machine.name, 'route', 'add', 'default', 'via', `${net}.1`);
    this.#addresses.set(machine, `${net}.2`);
    return `${net}.2`;
  }

  /** From now on nothing that `from` sends reaches `to`; the other way stays open. */
  cut(from: Machine, to: Machine): void {
    this.#rule('add', from, to);
  }

  mend(from: Machine, to: Machine): void {
    this.#rule('del', from, to);
  }

  remove(): void {
    this.#machine.remove();
  }

  #rule(change: 'add' | 'del', from: Machine, to: Machine): void {
    const [source = '', target = ''] = [this.#addresses.get(from), this.#addresses.get(to)];
    ip('-netns', this.#machine.name, ...dropping(change, source, target));
  }
}

/** Why this machine cannot play several; undefined if it can. */
export function obstacleToMachines(): string | undefined {
  const made = 'network namespaces cannot be made here';
  return obstacle(made, 'link', 'add', 'hf-p0', 'type', 'veth', 'peer', 'name', 'hf-p1');
}

/** Why links between machines cannot be cut one way here; undefined if they can. */
export function obstacleToCuts(): string | undefined {
  const cut = 'packets between network namespaces cannot be dropped here';
  return obstacleToMachines() ?? obstacle(cut, ...dropping('add', '10.78.1.2', '10.78.2.2'));
}

/** A rule of the routing policy drops packets in silence, on every kernel that can route by policy. */
function dropping(change: 'add' | 'del', from: string, to: string): readonly string[] {
  return ['rule', change, 'from', from, 'to', to, 'blackhole'];
}

function obstacle(what: string, ...words: readonly string[]): string | undefined {
  const probe = `hf-probe-${process.pid}`;
  try {
    ip('netns', 'add', probe);
    try {
      ip('-netns', probe, ...words);
      enter(probe, 'true');
    } finally {
      ip('netns', 'delete', probe);
    }
    return undefined;
  } catch (error) {
    return `${what} (${(error as Error).message.split('\n')[0]})`;
  }
}

/**
 * For `nsenter`: `ip netns exec` would also keep everything mounted that is, and no other test could
 * unmount it.
 */
function networkOf(name: string): string {
  return `--net=/run/netns/${name}`;
}

function enter(name: string, ...words: readonly string[]): void {
  execFileSync('nsenter', [networkOf(name), ...words], { stdio: 'pipe' });
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

/** Sets one machine's gateway, as `ip route` takes it. */
export function routeBy(machine: Machine, net: string, gateway: string): void {
  ip('-netns', machine.name, 'route', 'add', net, 'via', gateway);
}
