import type { SimulatedCluster } from '../cluster/simulated-cluster.ts';
import type { SimulatedMachine } from '../world/simulated-machine.ts';

const ALL = 1_000_000;
/** Of a store that never forgot anything. */
const FIRST_GENERATION = 1;

/**
 * Which store does not have, byte for byte, what it says; and which one lost something that it had
 * acknowledged although its disk forgot nothing: then it acknowledged too early (§P1), even if a
 * repair from other copies has hidden that since.
 */
export async function whatIsWrongWithCopies(
  cluster: SimulatedCluster,
  mayHaveForgotten: ReadonlySet<SimulatedMachine>,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const server of cluster.servers) {
    const { store, name } = server;
    if (!store) continue;
    for (const chunk of store.list(undefined, ALL)) {
      const content = await store.get(chunk).catch(() => undefined);
      if (!content) wrong.push(`${name} has a damaged copy of ${chunk.file}/${chunk.hash}.`);
      content?.[Symbol.dispose]?.();
    }
    if (mayHaveForgotten.has(server)) continue;
    const { quarantined } = store.usage;
    if (quarantined > 0) wrong.push(`${name} lost ${quarantined} records on a disk that kept all.`);
    if (store.generation > FIRST_GENERATION) wrong.push(`${name} forgot what its disk kept.`);
  }
  return wrong;
}
