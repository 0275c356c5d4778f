import { once } from 'node:events';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { Interruptions } from './interruptions.ts';
import { CLIENT_LIMITS } from './limits.ts';

// fills CLIENT_LIMITS.undoMs
test('a command that was told to end and does not is left behind after a time', async () => {
  const clock = simulatedClock();
  const interruptions = new Interruptions(clock);
  let exits = 0;
  const told = interruptions.during(async (signal) => {
    await once(signal, 'abort');
    await new Promise(() => {});
  });
  interruptions.terminate(() => exits++);
  await clock.advance(CLIENT_LIMITS.undoMs - 1);
  expect(exits).toBe(0);
  await clock.advance(1);
  expect(exits).toBe(1);
  void told;
});

test('whoever is told to end between commands ends at once', () => {
  let exits = 0;
  new Interruptions(simulatedClock()).terminate(() => exits++);
  expect(exits).toBe(1);
});

// fills CLIENT_LIMITS.abortListeners
test('only when more wait for an interruption than a command has parts is there word of a leak', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  await new Interruptions(simulatedClock()).during(async (signal) => {
    const wait = (): void => signal.addEventListener('abort', () => {});
    for (let waiting = 0; waiting < CLIENT_LIMITS.abortListeners; waiting++) wait();
    await new Promise(setImmediate);
    expect(warnings).toEqual([]);
    wait();
    await new Promise(setImmediate);
    expect(warnings.map(({ name }) => name)).toEqual(['MaxListenersExceededWarning']);
  });
  process.off('warning', onWarning);
});
