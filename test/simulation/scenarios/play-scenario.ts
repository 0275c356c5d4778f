import { simulatedClock } from '@holdfast/testkit';
import type { SimulationResult } from '../simulate.ts';
import { errorText } from '../transcript.ts';
import { scenarioNamed } from './scenarios.ts';
import { BrokenPromise, Stage } from './stage.ts';

/** Plays a named scenario; the seed decides the delays of disks and network, and what is drawn. */
export async function playScenario(name: string, seed: number): Promise<SimulationResult> {
  const scenario = scenarioNamed(name);
  const clock = simulatedClock();
  const stage = new Stage(clock, `${name} ${seed}`);
  const violations: string[] = [];
  stage.note(scenario.what);
  try {
    await clock.run(stage.begin().then(() => scenario.play(stage)));
  } catch (error) {
    const known = error instanceof BrokenPromise;
    violations.push(known ? error.message : `The scenario came to a stop: ${errorText(error)}`);
  } finally {
    stage.end();
  }
  const { transcript, written } = stage;
  return {
    seed,
    violations,
    operations: written.size,
    performed: [],
    moods: [name],
    planned: 0,
    faults: new Map(),
    virtualMs: clock.monotonicMs(),
    undecided: 0,
    hash: transcript.hash,
    lines: transcript.lines,
  };
}
