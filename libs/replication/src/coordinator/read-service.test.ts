import type { CallContext } from '@holdfast/contracts';
import { seededRandom, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { Members } from './members.ts';
import { ReadService } from './read-service.ts';

// fills REPLICATION_LIMITS.readsPerSession
test('a read too many in one session is refused and pins nothing, and one that ends makes room', async () => {
  using members = new Members(simulatedClock());
  let pins = 0;
  const pin = (): Disposable => {
    pins++;
    return { [Symbol.dispose]: () => void pins-- };
  };
  const entry = { kind: 'file', sizeBytes: 10_000_000 };
  const openVersion = async (): Promise<object> => ({
    entry,
    file: 'f',
    version: 1,
    chunks: [],
    more: true,
  });
  const service = new ReadService({
    directory: { openVersion, pin } as never,
    members,
    reader: {} as never,
    contents: {} as never,
    desk: {} as never,
    journalHolders: () => ({ inView: [], left: [] }),
    random: seededRandom('reads'),
  });
  const ended = new AbortController();
  const context = { session: { id: 's', ended: ended.signal } } as unknown as CallContext;
  const open = (): ReturnType<ReadService['openRead']> =>
    service.openRead({ path: '/a', inlineBytes: 0 }, context);
  const { handle = '' } = await open();
  for (let i = 1; i < LIMITS.readsPerSession; i++) await open();
  await expect(open()).rejects.toMatchObject({ code: 'limit-exceeded' });
  expect(pins).toBe(LIMITS.readsPerSession);
  await service.closeRead({ handle }, context);
  await open();
  ended.abort();
  expect(pins).toBe(0);
});
