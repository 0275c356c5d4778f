import {
  DATA_LIMITS,
  bytes,
  contract,
  method,
  type Contract,
  type Method,
} from '@holdfast/contracts';
import { nodeClock, nodeRandom } from '@holdfast/host';
import type { ByteParts } from '@holdfast/kernel';
import { createDaemon, serve } from '@holdfast/rmi';
import * as z from 'zod';
import type { Go } from './role.ts';

const path: z.ZodObject<{ path: z.ZodString }> = z.object({ path: z.string() });
const content: z.ZodObject<{ content: z.ZodType<ByteParts> }> = z.object({
  content: bytes(DATA_LIMITS.chunkBytes),
});
const none: z.ZodObject<Record<never, never>> = z.object({});

type BenchMethods = {
  small: Method<typeof path, typeof path>;
  fetch: Method<typeof none, typeof content>;
  send: Method<typeof content, typeof none>;
};

/** Calls that do nothing, to measure what a call itself costs. */
export const benchContract: Contract<BenchMethods> = contract('bench', {
  small: method({ summary: 'Answers.', access: 'public', params: path, result: path }),
  fetch: method({
    summary: 'Gives one chunk.',
    access: 'public',
    lane: 'bulk',
    params: none,
    result: content,
  }),
  send: method({
    summary: 'Takes one chunk.',
    access: 'public',
    lane: 'bulk',
    params: content,
    result: none,
  }),
});

/** The role: serves the contract until it is told to stop. */
export async function rmiServer(_params: object, go: Go): Promise<object> {
  const daemon = createDaemon({ clock: nodeClock, random: nodeRandom, name: 'bench' });
  const chunk = new Uint8Array(DATA_LIMITS.chunkBytes);
  daemon.expose(benchContract, {
    small: ({ path: asked }) => Promise.resolve({ path: asked }),
    fetch: () => Promise.resolve({ content: [chunk] }),
    send: () => Promise.resolve({}),
  });
  const listener = await serve(daemon, { url: 'ws://127.0.0.1:0' });
  await go({ address: listener.url });
  await daemon.close();
  await listener.close();
  return {};
}
