import { expect, test } from 'vitest';
import { sleep } from '@holdfast/kernel';
import { simulatedClock } from './clock.ts';

test('tasks run in order of time and then of scheduling, each at its own time', async () => {
  const clock = simulatedClock();
  const seen: string[] = [];
  const note = (name: string) => (): void => void seen.push(`${name}@${clock.monotonicMs()}`);
  clock.schedule(20, note('c'));
  clock.schedule(10, note('a'));
  clock.schedule(10, note('b'));
  clock.schedule(15, note('never')).cancel();
  clock.schedule(21, note('d'));
  await clock.advance(20);
  expect(seen).toEqual(['a@10', 'b@10', 'c@20']);
  expect(clock.pending).toBe(1);
});

test('what a task causes by promises happens before the next task', async () => {
  const clock = simulatedClock();
  const seen: string[] = [];
  const twice = async (name: string, ms: number): Promise<void> => {
    await sleep(clock, ms);
    seen.push(`${name}1@${clock.monotonicMs()}`);
    await sleep(clock, 5);
    seen.push(`${name}2@${clock.monotonicMs()}`);
  };
  await clock.run(Promise.all([twice('x', 10), twice('y', 12)]));
  expect(seen).toEqual(['x1@10', 'y1@12', 'x2@15', 'y2@17']);
});

test('work that waits for something nobody will do is reported', async () => {
  const clock = simulatedClock();
  await expect(clock.run(new Promise(() => {}))).rejects.toThrow('still waits');
});

test('a jump of the wall clock leaves monotonic time alone', async () => {
  const clock = simulatedClock({ wallMs: 1000 });
  await clock.advance(5);
  clock.jumpWall(-500);
  expect([clock.wallMs(), clock.monotonicMs()]).toEqual([505, 5]);
});
