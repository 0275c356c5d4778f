import { HoldfastError, type CallOptions, type ErrorCode } from '@holdfast/contracts';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { SDK_LIMITS } from './limits.ts';
import { Patience } from './patience.ts';

test('a session that was ended costs a reader a second call, and a change an error', async () => {
  const connection = {
    ...{ generation: 1, readyAtMs: 0, ready: true },
    whenReady: () => Promise.resolve(),
  };
  const patience = new Patience(connection, simulatedClock());
  const ended = new HoldfastError('disconnected', 'The session was ended.');
  const call = async (changes: boolean): Promise<number> => {
    let attempts = 0;
    const attempt = async (): Promise<number> => {
      if (++attempts === 1) throw ended;
      return attempts;
    };
    return await patience.call('files.write', attempt, {
      timeoutMs: 1_000,
      signal: undefined,
      changes,
    });
  };
  expect(await call(false)).toBe(2);
  await expect(call(true)).rejects.toBe(ended);
});

/** Makes one call that fails with `code` until `untilMs`; tells when it was made, and how it ended. */
async function tries(
  code: ErrorCode,
  generation: number,
  untilMs = Number.POSITIVE_INFINITY,
): Promise<{ readonly madeMs: number[]; readonly outcome: unknown }> {
  const clock = simulatedClock();
  const startMs = clock.monotonicMs();
  const connection = {
    ...{ generation, readyAtMs: startMs, ready: true },
    whenReady: () => Promise.resolve(),
  };
  const madeMs: number[] = [];
  const error = new HoldfastError(code, 'Not now.');
  const attempt = async ({ again }: CallOptions): Promise<string> => {
    for (;;) {
      const nowMs = clock.monotonicMs() - startMs;
      madeMs.push(nowMs);
      if (nowMs >= untilMs) return 'done';
      if (!(await again?.(error, madeMs.length - 1))) throw error;
    }
  };
  const options = { timeoutMs: 60_000, signal: undefined, changes: true };
  const call = new Patience(connection, clock).call('files.write', attempt, options);
  const outcome = await clock.run(call.catch((reason: unknown) => reason));
  return { madeMs, outcome };
}

// fills SDK_LIMITS.settlingMs, SDK_LIMITS.firstSettlingMs, SDK_LIMITS.settlingMaxPauseMs
test.for([
  ['a reconnection', 2, SDK_LIMITS.settlingMs],
  ['the first connection', 1, SDK_LIMITS.firstSettlingMs],
] as const)('a cluster that settles after %s is asked again, not for long', async (row) => {
  const [, generation, limitMs] = row;
  const { madeMs, outcome } = await tries('unavailable', generation);
  expect(outcome).toMatchObject({ code: 'unavailable' });
  const pauses = madeMs.slice(1).map((atMs, index) => atMs - (madeMs[index] ?? 0));
  expect(Math.max(...pauses)).toBeLessThanOrEqual(SDK_LIMITS.settlingMaxPauseMs);
  expect(madeMs.at(-1)).toBeGreaterThanOrEqual(limitMs);
  expect(madeMs.at(-1)).toBeLessThan(limitMs + SDK_LIMITS.settlingMaxPauseMs);
});

test('a frontend without memory for a call is asked again for as long as the call has', async () => {
  const untilMs = 2 * SDK_LIMITS.settlingMs;
  expect((await tries('overloaded', 1, untilMs)).outcome).toBe('done');
  expect((await tries('overloaded', 1)).outcome).toBeInstanceOf(HoldfastError);
});

// fills SDK_LIMITS.reconnectMs
test('a frontend that went away is waited for, but not for ever', async () => {
  const clock = simulatedClock();
  const startMs = clock.monotonicMs();
  const connection = {
    ...{ generation: 1, readyAtMs: startMs, ready: false },
    whenReady: (signal?: AbortSignal) =>
      new Promise<never>((_, reject) =>
        signal?.addEventListener('abort', () => reject(signal.reason)),
      ),
  };
  const gone = new HoldfastError('disconnected', 'The frontend is gone.');
  const options = { timeoutMs: 1_000, signal: undefined, changes: false };
  const call = new Patience(connection, clock).call(
    'files.stat',
    () => Promise.reject(gone),
    options,
  );
  expect(await clock.run(call.catch((error: unknown) => error))).toBe(gone);
  expect(clock.monotonicMs() - startMs).toBe(SDK_LIMITS.reconnectMs);
});

test('the time of a call is that in which the frontend was there without a break', async () => {
  const clock = simulatedClock();
  const connection = {
    ...{ generation: 1, readyAtMs: clock.monotonicMs(), ready: true },
    whenReady: () => Promise.resolve(),
  };
  const patience = new Patience(connection, clock);
  const { allowance } = await patience.call(
    'files.stat',
    (options: CallOptions) => Promise.resolve(options),
    { timeoutMs: 1_000, signal: undefined, changes: false },
  );
  expect(allowance?.firstMs).toBe(1_000);
  await clock.advance(400);
  expect(allowance?.renew()).toBe(600);
  connection.ready = false;
  await clock.advance(5_000);
  expect(allowance?.renew()).toBe(1_000);
  Object.assign(connection, { ready: true, readyAtMs: clock.monotonicMs() });
  await clock.advance(100);
  expect(allowance?.renew()).toBe(900);
  await clock.advance(900);
  expect(allowance?.renew()).toMatchObject({ code: 'timeout' });
});
