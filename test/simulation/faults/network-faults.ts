import type { Fault } from './fault.ts';

/** Every connection of a machine breaks, at both ends and with what is under way. */
export const breakConnections: Fault = async ({ cluster, note }, { target, random }) => {
  const { address, name } = random.chance(0.5) ? target : random.pick(cluster.machines);
  const cut = cluster.world.network.cut((from, to) => from === address || to === address);
  note(`${cut} connections of ${name} break`);
  return cut > 0;
};

/** Nothing reaches a server and nothing comes from it, and nobody is told. */
export const silence: Fault = async ({ cluster, pause, note }, { random, forMs }) => {
  const { address, name } = random.pick(cluster.servers);
  note(`${name} is cut off`);
  {
    using _closed = cluster.world.network.close((from, to) => from === address || to === address);
    await pause(forMs);
  }
  note(`${name} can be reached again`);
  return true;
};

/** Messages pass in one direction between a machine and all others, or one other. */
export const oneWayCut: Fault = async ({ cluster, pause, note }, { target, random, forMs }) => {
  const { address, name } = target;
  const others = cluster.machines.filter((machine) => machine !== target);
  const other = random.chance(0.5) ? random.pick(others) : undefined;
  const inward = random.chance(0.5);
  note(`nothing gets ${inward ? 'to' : 'from'} ${name}, seen from ${other?.name ?? 'everywhere'}`);
  {
    using _closed = cluster.world.network.close((from, to) => {
      const [near, far] = inward ? [to, from] : [from, to];
      return near === address && (other === undefined || far === other.address);
    });
    await pause(forMs);
  }
  note(`the link of ${name} works both ways again`);
  return true;
};
