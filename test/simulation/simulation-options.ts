/** Unless given otherwise. */
export const BUSY_MS = 30_000;
export const USERS = 4;

export interface SimulationOptions {
  readonly seed: number;
  /** Plays this named scenario; nothing else of what follows counts then. */
  readonly scenario?: string;
  /** Virtual time in which users work and faults strike. */
  readonly busyMs?: number;
  readonly users?: number;
  /** Of the faults that the seed plans, the numbers of those that strike; all unless given. */
  readonly faults?: readonly number[];
  /** The only operations of users that are carried out, such as `client-2.5`; all unless given. */
  readonly operations?: readonly string[];
  /** When all becomes calm, if that is before what is planned for `busyMs` is over. */
  readonly calmMs?: number;
}
