import { HoldfastError } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { Standing } from './standing.ts';

const ADDRESS = 'ws://127.0.0.1:7400';
const waiting = (reason: string): Parameters<Standing['linkChanged']>[0] => ({
  phase: 'connecting',
  address: ADDRESS,
  daemon: '',
  reason,
  error: undefined,
});
const connected = { ...waiting(''), phase: 'connected' } as const;
const retired = new HoldfastError('foreign-store', 'It was retired.', {
  details: { server: 'server-3', how: 'retired', leftMs: 1 },
});

test('a server that waits says for what', () => {
  const standing = new Standing();
  expect(standing.readiness).toMatchObject({ ok: false });
  standing.linkChanged(waiting('nothing listens there'));
  const reason = `it waits for the frontend at ${ADDRESS}: nothing listens there`;
  expect(standing.readiness).toEqual({ ok: false, reason });
  standing.linkChanged(connected);
  expect(standing.readiness).toEqual({ ok: true });
});

test('a server whose store has left says so until it is let in again', () => {
  const standing = new Standing();
  standing.linkChanged(connected);
  standing.refused(new HoldfastError('foreign-store', 'It is that of server-2.'));
  expect(standing.readiness).toEqual({ ok: true });
  standing.refused(retired);
  const left = { ok: false, reason: 'It was retired.', left: 'retired' };
  expect(standing.readiness).toEqual(left);
  standing.linkChanged(waiting('It was retired'));
  expect(standing.readiness).toEqual(left);
  standing.linkChanged(connected);
  expect(standing.readiness).toEqual({ ok: true });
});
