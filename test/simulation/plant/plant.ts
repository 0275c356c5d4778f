/** A way to break Holdfast on purpose, to show that the simulator finds it. */
export interface Plant {
  /** Also the name on the command line. */
  readonly name: string;
  /** A seed that found it once, which is tried first: any change of the code may make it another. */
  readonly seed: number;
  /** The named scenario in which it shows; unless given, it shows in work and faults of all kinds. */
  readonly scenario?: string;
  /** The promises that it breaks. */
  readonly breaks: string;
  /** What a reader of the table is told. */
  readonly what: string;
  /** The source that is changed on its way into the simulator, from the root of the repository. */
  readonly file: string;
  /** A text that is there exactly once, and what takes its place. */
  readonly find: string;
  readonly put: string;
}
