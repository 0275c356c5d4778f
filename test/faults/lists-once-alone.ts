import { once } from 'node:events';
import type { HoldfastClient } from '@holdfast/sdk';
import { connectWith } from '../support/connect-client.ts';

/**
 * A program that uses the sdk and has nothing else that keeps its process alive. It asks for what is in
 * a folder as soon as the frontend is gone.
 */
const [config = '', folder = ''] = process.argv.slice(2);
await using client = await connectWith(config);
console.log('connected');
await untilAlone(client);
console.log('asks');
for await (const { name } of client.list(folder)) console.log(name);

async function untilAlone(connected: HoldfastClient): Promise<void> {
  const states = new EventTarget();
  using _watch = connected.onState(({ kind }) => states.dispatchEvent(new Event(kind)));
  await once(states, 'waiting');
}
