import { type CallContext, type ChunkHash, HoldfastError } from '@holdfast/contracts';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { Flights } from './flights.ts';
import { Members } from './members.ts';
import { WriteService } from './write-service.ts';

const hash = 'a'.repeat(64) as ChunkHash;

test('a repeated write that went through is answered, though its folder is gone by now', async () => {
  using members = new Members(simulatedClock());
  const gone = new HoldfastError('not-found', 'There is no folder /f.');
  const context = (number: number): CallContext => ({ call: { number } }) as unknown as CallContext;
  const service = writeService(members, {
    fileForWrite: () => Promise.reject(gone),
    answerBefore: async ({ call }: CallContext, error: unknown) => {
      if (call?.number !== 1) throw error;
      return { entry: { version: 7 }, holders: [], missing: [] };
    },
  });
  const write = { path: '/f/a', hash, content: [Uint8Array.of(1)] };
  expect(await service.write(write, context(1))).toMatchObject({ entry: { version: 7 } });
  await expect(service.write(write, context(2))).rejects.toBe(gone);
});

// fills REPLICATION_LIMITS.movedAttempts
test('a write whose file is moved each time is given up in the end', async () => {
  using members = new Members(simulatedClock());
  const moved = new HoldfastError('version-conflict', 'It was moved.', {
    details: { moved: true },
  });
  let attempts = 0;
  const task = async (): Promise<never> => {
    attempts++;
    throw moved;
  };
  await expect(writeService(members, {}).whileMoved(task)).rejects.toBe(moved);
  expect(attempts).toBe(LIMITS.movedAttempts);
});

function writeService(members: Members, directory: object): WriteService {
  return new WriteService({
    directory: directory as never,
    members,
    writer: {} as never,
    placer: {} as never,
    flights: new Flights(),
    random: {} as never,
    strays: {} as never,
    contents: {} as never,
    hasher: {} as never,
    inView: () => [],
    onLacking: () => {},
    inlineContentBytes: LIMITS.inlineContentBytes,
  });
}
