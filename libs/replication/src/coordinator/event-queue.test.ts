import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { EventQueue } from './event-queue.ts';

test('a reader that stops while it waits is let go of at once', async () => {
  const session = new AbortController();
  const queue = new EventQueue<number>(session.signal);
  let ends = 0;
  queue.onEnd(() => ends++);
  const reader = queue[Symbol.asyncIterator]();
  const next = reader.next();
  await reader.return?.();
  expect(ends).toBe(1);
  await expect(next).resolves.toMatchObject({ done: true });
  session.abort();
  expect(ends).toBe(1);
});

// fills REPLICATION_LIMITS.watchBacklog
test('a reader that is too far behind gets what was kept for it, and then the end', async () => {
  const queue = new EventQueue<number>(new AbortController().signal);
  for (let event = 0; event <= LIMITS.watchBacklog; event++) queue.push(event);
  const read: number[] = [];
  for await (const event of queue) read.push(event);
  expect(read).toHaveLength(LIMITS.watchBacklog);
});
