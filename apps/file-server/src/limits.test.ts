import { keyContract } from '@holdfast/contracts';
import { MemoryNetwork, connect, createDaemon } from '@holdfast/rmi';
import { seededRandom, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { FILE_SERVER_LIMITS } from './limits.ts';

// fills FILE_SERVER_LIMITS.graceMs
test('a call that does not end holds up the end of this part for a bounded time', async () => {
  const clock = simulatedClock();
  const network = new MemoryNetwork({ clock, delayMs: () => 1 });
  const ports = { clock, random: seededRandom(1) };
  const daemon = createDaemon({ ...ports, name: 'daemon' });
  let begun = 0;
  const challenge = async (): Promise<never> => {
    begun++;
    return await new Promise<never>(() => {});
  };
  daemon.expose(keyContract, { challenge, prove: async () => ({}) });
  using _listening = network.listen('daemon', daemon.accept);
  const transport = network.transport('caller');
  const link = connect({ ...ports, addresses: ['daemon'], transport, name: 'caller' });
  const params = { part: 'server', name: 'caller', challenge: '0'.repeat(64) } as const;
  const call = link.proxy(keyContract).challenge(params);
  call.catch(() => {});
  await clock.advance(100);
  expect(begun).toBe(1);

  let closed = false;
  const { graceMs } = FILE_SERVER_LIMITS;
  void daemon.close({ graceMs }).then(() => (closed = true));
  await clock.advance(graceMs - 100);
  expect(closed).toBe(false);
  await clock.advance(1_000);
  expect(closed).toBe(true);
  await clock.run(link.close());
});
