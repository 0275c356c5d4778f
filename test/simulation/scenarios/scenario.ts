import type { Stage } from './stage.ts';

/** One course of events, set up step by step, in which a promise is easily broken. */
export interface Scenario {
  /** Also the name on the command line. */
  readonly name: string;
  /** What a reader of the table is told. */
  readonly what: string;
  /** Plays it out on a cluster that is up and whole; tells the stage what should not be. */
  readonly play: (stage: Stage) => Promise<void>;
}
