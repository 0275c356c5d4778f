import { assert, sleep } from '@holdfast/kernel';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { beforeEach, expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { beat, joinMember } from '../testing/join-member.ts';
import type { Member } from './member.ts';
import { Members } from './members.ts';
import { Probation } from './probation.ts';

let clock: SimulatedClock;
let members: Members;
beforeEach(() => {
  clock = simulatedClock();
  members = new Members(clock);
});

/** Time passes, with heartbeats from all servers: none of them is silent. */
async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += LIMITS.verdictEveryMs) {
    beat(...members.all);
    await clock.advance(Math.min(LIMITS.verdictEveryMs, ms - passed));
  }
}

/** A write that gets no answer unless its server is given up. */
function hangingWrite(member: Member): Promise<unknown> {
  return member
    .write(
      (_, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
        }),
    )
    .catch((error: unknown) => error);
}

// fills REPLICATION_LIMITS.writeStallMs
test('a server whose write makes no progress for 5 s is given up, and nobody waits for it', async () => {
  const [slow] = [joinMember(members, 1), joinMember(members, 2)];
  const write = hangingWrite(slow);
  await pass(LIMITS.writeStallMs);
  expect(slow.state).toBe('live');
  await pass(2 * LIMITS.verdictEveryMs);
  expect(slow.state).toBe('suspect');
  expect(await write).toMatchObject({ code: 'unavailable', details: { server: 'server-1' } });
});

test('a server that answers other writes meanwhile is slow, not stalled', async () => {
  const [busy] = [joinMember(members, 1), joinMember(members, 2)];
  void hangingWrite(busy);
  for (let i = 0; i < 20; i++) {
    await pass(LIMITS.slowMs);
    await busy.write(() => Promise.resolve());
  }
  expect(busy.state).toBe('live');
});

// fills REPLICATION_LIMITS.lastCandidateStallMs
test('the last servers that a write could go to are waited for longer', async () => {
  const both = [joinMember(members, 1), joinMember(members, 2)];
  const writes = both.map(hangingWrite);
  await pass(LIMITS.lastCandidateStallMs);
  expect(both.map(({ state }) => state)).toEqual(['live', 'live']);
  await pass(2 * LIMITS.verdictEveryMs);
  expect(both.map(({ state }) => state)).toEqual(['suspect', 'suspect']);
  await Promise.all(writes);
});

/** Writes to all members one after the other, each as a file is put: all must have answered. */
async function writeFiles(
  latenciesMs: ReadonlyMap<Member, number>,
  forMs: number,
): Promise<number[]> {
  const tookMs: number[] = [];
  let over = false;
  const answer = (member: Member, signal: AbortSignal): Promise<void> =>
    sleep(clock, latenciesMs.get(member) ?? 0, signal);
  const writer = async (): Promise<void> => {
    while (!over) {
      const startedMs = clock.monotonicMs();
      const writes = members.live.map((member) =>
        member.write((_, signal) => answer(member, signal)),
      );
      await Promise.allSettled(writes);
      tookMs.push(clock.monotonicMs() - startedMs);
      if (writes.length === 0) return;
    }
  };
  const writers = Array.from({ length: 64 }, writer);
  await pass(forMs);
  over = true;
  await pass(60_000);
  await Promise.all(writers);
  return tookMs;
}

// fills REPLICATION_LIMITS.lagMs
test('a server whose every answer takes nearly as long as a verdict leaves after the second one', async () => {
  const [slow, ...quick] = [1, 2, 3].map((number) => joinMember(members, number));
  assert(slow, 'there are three');
  const latenciesMs = new Map([[slow, LIMITS.writeStallMs - 100]]);
  for (const member of quick) latenciesMs.set(member, 200);
  const tookMs = await writeFiles(latenciesMs, 20_000);
  expect(slow).toMatchObject({ state: 'suspect', reason: expect.stringContaining('slower') });
  expect(quick.map(({ state }) => state)).toEqual(['live', 'live']);
  // Of 64 writers each was delayed twice at most, and never for longer than a stall may last.
  expect(tookMs.filter((ms) => ms > 1_000).length).toBeLessThanOrEqual(2 * 64);
  expect(Math.max(...tookMs)).toBeLessThanOrEqual(LIMITS.writeStallMs + LIMITS.verdictEveryMs);
});

test('one slow answer among quick ones drops nobody', async () => {
  const [hiccup, other] = [joinMember(members, 1), joinMember(members, 2)];
  for (let i = 0; i < 10; i++) {
    const slow = hiccup.write((_, signal) => sleep(clock, 3_000, signal));
    await pass(3_000);
    await slow;
    await hiccup.write(() => Promise.resolve());
    await pass(10_000);
  }
  expect([hiccup.state, other.state]).toEqual(['live', 'live']);
});

test('servers on one overloaded disk are slow together, and none of them is dropped', async () => {
  const all = [1, 2, 3].map((number) => joinMember(members, number));
  const latenciesMs = new Map(all.map((member, i) => [member, 6_000 + 700 * i]));
  await writeFiles(latenciesMs, 120_000);
  expect(all.map(({ state }) => state)).toEqual(['live', 'live', 'live']);
});

test('a stopped server delays each of 64 writers once, by at most the verdict and the look for it', async () => {
  const [stopped, ...quick] = [1, 2, 3].map((number) => joinMember(members, number));
  assert(stopped, 'there are three');
  const latenciesMs = new Map([[stopped, 1_000_000]]);
  for (const member of quick) latenciesMs.set(member, 200);
  const tookMs = await writeFiles(latenciesMs, 20_000);
  const delayed = tookMs.filter((ms) => ms > 1_000);
  expect(delayed).toHaveLength(64);
  expect(Math.max(...delayed)).toBeLessThanOrEqual(LIMITS.writeStallMs + 2 * LIMITS.verdictEveryMs);
});

test('time in which the frontend itself was stopped counts against no server', async () => {
  const both = [joinMember(members, 1), joinMember(members, 2)];
  let pauses = 0;
  members.onPause(() => pauses++);
  const write = hangingWrite(both[0] ?? expect.fail());
  await clock.advance(LIMITS.verdictEveryMs);
  clock.stop(60_000);
  await clock.advance(LIMITS.verdictEveryMs);
  expect(pauses).toBe(1);
  expect(both.map(({ state }) => state)).toEqual(['live', 'live']);
  // What is silent after that is silent all the same.
  for (let i = 0; i < 24; i++) {
    beat(both[1] ?? expect.fail());
    await clock.advance(LIMITS.verdictEveryMs);
  }
  expect(both.map(({ state }) => state)).toEqual(['suspect', 'live']);
  await write;
});

// fills REPLICATION_LIMITS.silenceMs
test('silence makes a server suspect, also when it is the last one', async () => {
  const only = joinMember(members, 1);
  await clock.advance(LIMITS.silenceMs + LIMITS.verdictEveryMs);
  expect([only.state, only.reason]).toEqual(['suspect', 'It is silent.']);
});

/** How long a write waits for a server in this state. */
async function waitedFor(member: Member, thenLiveAfterMs?: number): Promise<number> {
  const fromMs = clock.monotonicMs();
  if (thenLiveAfterMs !== undefined) {
    clock.schedule(thenLiveAfterMs, () => members.change(member, 'live'));
  }
  await clock.run(members.arrivals([member.store]));
  return clock.monotonicMs() - fromMs;
}

// fills REPLICATION_LIMITS.arrivalMs
test('a write waits for a server that has just come, for a moment, and never for one that is gone', async () => {
  const member = joinMember(members, 1);
  expect(await waitedFor(member)).toBe(0);
  members.change(member, 'catching-up');
  expect(await waitedFor(member, 300)).toBe(300);
  members.change(member, 'catching-up');
  expect(await waitedFor(member)).toBe(LIMITS.arrivalMs);
  // It takes long: writes go on without it.
  expect(await waitedFor(member)).toBe(0);
  members.disconnected(member, 'It died.');
  expect(await waitedFor(member)).toBe(0);
});

/** A server that answers its probes, and how long it takes to catch up each time it is given up. */
async function waitsUntilBack(servedMs: readonly number[]): Promise<number[]> {
  const begun: number[] = [];
  const report = async (): Promise<object> => ({ stand: {}, report: member.report });
  const member = joinMember(members, 1, { probe: report as never });
  const catchUp = { begin: () => void begun.push(clock.monotonicMs()) };
  using _probation = new Probation({ members, catchUp: catchUp as never, clock, epoch: () => 1 });
  const waits: number[] = [];
  for (const [time, ms] of servedMs.entries()) {
    await pass(ms);
    members.change(member, 'suspect');
    const fromMs = clock.monotonicMs();
    while (begun.length === time) await clock.advance(LIMITS.verdictEveryMs);
    expect(member.state).toBe('catching-up');
    waits.push((begun[time] ?? 0) - fromMs);
    members.change(member, 'live');
  }
  const probesMs = ((LIMITS.probesToReturn - 1) * LIMITS.probeFastMs) / 2;
  return waits.map((ms) => (ms - probesMs) / LIMITS.probeFastMs);
}

test('a server that was given up catches up after some fast answers, later each time', async () => {
  expect(await waitsUntilBack([0, 0, 0])).toEqual([1, 2, 4]);
});

// fills REPLICATION_LIMITS.probeMaxMs
test('however often a server was given up, it is probed again after the longest pause', async () => {
  const longest = LIMITS.probeMaxMs / LIMITS.probeFastMs;
  const waits = await waitsUntilBack(Array.from({ length: 10 }, () => 0));
  expect(waits.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 32]);
  expect(waits.slice(6)).toEqual([longest, longest, longest, longest]);
});

test('a server that served for long is not made to wait for what it did before', async () => {
  const { forgiveAfterMs } = LIMITS;
  const served = [0, 0, forgiveAfterMs - LIMITS.verdictEveryMs, forgiveAfterMs, 0];
  expect(await waitsUntilBack(served)).toEqual([1, 2, 4, 1, 2]);
});

test('a server that answers no probe does not come back', async () => {
  const report = (): Promise<never> => Promise.reject(new Error('no answer'));
  const member = joinMember(members, 1, { probe: report });
  const catchUp = { begin: () => expect.fail('it did not answer') };
  using _probation = new Probation({ members, catchUp: catchUp as never, clock, epoch: () => 1 });
  members.change(member, 'suspect');
  await clock.advance(60_000);
  expect(member.state).toBe('suspect');
});
