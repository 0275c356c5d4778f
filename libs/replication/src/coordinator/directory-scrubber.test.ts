import { HoldfastError } from '@holdfast/contracts';
import type { DirectoryFindings } from '@holdfast/directory';
import { type SimulatedClock, simulatedClock, simulatedDisk } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { DirectoryScrubber } from './directory-scrubber.ts';

const DAY_MS = 86_400_000;
const STEPS = 30;

class Place {
  readonly clock: SimulatedClock = simulatedClock();
  readonly notices: string[] = [];
  findings: DirectoryFindings = { damage: [], repaired: 0 };
  serves = true;
  begun = 0;
  steps = 0;
  readonly #machine = simulatedDisk();

  start(): DirectoryScrubber {
    const scrub = async (onRead: (bytes: number) => Promise<void>): Promise<DirectoryFindings> => {
      if (!this.serves) throw new HoldfastError('unavailable', 'Nothing is served.');
      this.begun++;
      for (let step = 0; step < STEPS; step++) {
        await onRead(LIMITS.scrubSlowestBytesPerSecond);
        this.steps++;
      }
      return this.findings;
    };
    return new DirectoryScrubber({
      engine: { scrub },
      disk: this.#machine.mount(),
      path: 'scrub',
      clock: this.clock,
      notice: (sentence) => this.notices.push(sentence),
    });
  }

  async pass(ms: number): Promise<void> {
    for (let i = 0; i < 200; i++) await this.clock.advance(ms / 200);
  }
}

test("the frontend's own disk is re-read within seven days, slowly, and what was found is kept", async () => {
  const place = new Place();
  place.findings = { damage: ['A record is damaged.'], repaired: 1 };
  {
    await using scrubber = place.start();
    expect(scrubber.report).toEqual({});
    await place.pass(LIMITS.scrubFirstAfterMs + 10_000);
    expect(place.steps).toBeGreaterThan(5);
    expect(place.steps).toBeLessThanOrEqual(11);
    expect(scrubber.report.current?.readBytes).toBeGreaterThan(0);
    await place.pass(60_000);
    const readBytes = STEPS * LIMITS.scrubSlowestBytesPerSecond;
    expect(scrubber.report).toMatchObject({ last: { readBytes, damaged: 1, repaired: 1 } });
    expect(place.notices.join()).toContain('A record is damaged.');
  }
  await using scrubber = place.start();
  await place.pass(DAY_MS);
  expect(scrubber.report.last).toMatchObject({ damaged: 1, damage: ['A record is damaged.'] });
  expect(place.begun).toBe(1);
  await place.pass(6 * DAY_MS);
  expect(place.begun).toBe(2);
});

test('a pass that is asked for begins anew and fast', async () => {
  const place = new Place();
  await using scrubber = place.start();
  await place.pass(LIMITS.scrubFirstAfterMs + 10_000);
  scrubber.begin();
  await place.pass(2_000);
  expect(place.begun).toBe(2);
  expect(scrubber.report.last?.readBytes).toBe(STEPS * LIMITS.scrubSlowestBytesPerSecond);
});

test('a pass waits while nothing is served, and comes soon again where damage is left', async () => {
  const place = new Place();
  place.serves = false;
  place.findings = { damage: ['A record is damaged.'], repaired: 0 };
  await using scrubber = place.start();
  await place.pass(LIMITS.scrubFirstAfterMs + 60_000);
  expect(scrubber.report.last).toBeUndefined();
  expect(place.notices).toEqual(['Scrubbing waits: Nothing is served.']);
  place.serves = true;
  await place.pass(60_000);
  expect(scrubber.report.last).toMatchObject({ damaged: 1, repaired: 0 });
  await place.pass(LIMITS.scrubUnrepairedMs + 60_000);
  expect(place.begun).toBe(2);
});

// fills REPLICATION_LIMITS.scrubSentences
test('much damage is told in few sentences', async () => {
  const place = new Place();
  const damage = Array.from({ length: 3 * LIMITS.scrubSentences }, (_, i) => `Piece ${i}.`);
  place.findings = { damage, repaired: damage.length };
  await using scrubber = place.start();
  scrubber.begin();
  await place.pass(5_000);
  expect(scrubber.report.last?.damaged).toBe(damage.length);
  expect(scrubber.report.last?.damage).toHaveLength(LIMITS.scrubSentences);
  expect(place.notices).toHaveLength(LIMITS.scrubSentences);
});
