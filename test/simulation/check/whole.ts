import type { ChunkId, ChunkStore } from '@holdfast/contracts';
import type { SimulatedCluster } from '../cluster/simulated-cluster.ts';

/** Why the cluster is not whole yet; empty if every promise of a calm time is kept (§P5, §P6). */
export async function whatIsNotWhole(cluster: SimulatedCluster): Promise<string> {
  const parts = cluster.frontend.parts;
  if (!parts) return 'the frontend does not run';
  const { engine, directory, members } = parts;
  if (!engine.status.writable) return `the directory is not writable: ${engine.status.reason}`;
  for (const server of cluster.servers) {
    const member = members.named(server.name);
    if (!member?.live) return `${server.name} is ${member?.state ?? 'unknown'}: ${member?.reason}`;
    if (!engine.status.view.stores.includes(member.store)) return `${server.name} is not in view`;
    // That its disk was lost may not have been heard of yet.
    if (server.store?.id !== member.store) return `${server.name} has not taken its place`;
  }
  const { underReplicated } = await directory.counts();
  if (underReplicated > 0) return `${underReplicated} chunks are under-replicated`;
  const garbage = await directory.garbage(1);
  if (garbage.length > 0) return 'there is garbage';
  for (const server of cluster.servers) {
    const { store } = server;
    if (!store) return `${server.name} does not run`;
    const problem = await whatIsWrongOn(store, cluster);
    if (problem !== '') return `${server.name} ${problem}`;
  }
  return '';
}

const ALL = 1_000_000;

/** The store must have what the directory says, and nothing else. */
async function whatIsWrongOn(store: ChunkStore, cluster: SimulatedCluster): Promise<string> {
  const directory = cluster.frontend.parts?.directory;
  if (!directory) return 'has no frontend';
  const held = store.list(undefined, ALL);
  const referenced = keysOf(await directory.referenced(held));
  const strays = held.filter((chunk) => !referenced.has(keyOf(chunk)));
  if (strays.length > 0) return `has ${strays.length} strays, such as ${keyOf(strays[0])}`;
  const have = keysOf(held);
  const said = await directory.chunksOn(store.id, undefined, ALL);
  const lacking = said.find((chunk) => !have.has(keyOf(chunk)));
  if (lacking) return `lacks ${keyOf(lacking)}, which it is said to have`;
  const doubtful = said.find(
    ({ holders }) =>
      !holders.some(
        (holder) =>
          holder.store === store.id && holder.confirmed && holder.generation === store.generation,
      ),
  );
  if (doubtful) return `is in doubt about ${keyOf(doubtful)}`;
  if (said.length !== held.length) return `has ${held.length} chunks, ${said.length} are known of`;
  return '';
}

function keysOf(chunks: readonly ChunkId[]): ReadonlySet<string> {
  return new Set(chunks.map(keyOf));
}

function keyOf(chunk: ChunkId | undefined): string {
  return chunk ? `${chunk.file.slice(0, 8)}/${chunk.hash.slice(0, 8)}` : '';
}
