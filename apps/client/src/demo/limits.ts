/** Limits of the demonstration (§P10). */
export const DEMO_LIMITS = {
  /** How long one command of the story may take. */
  commandMs: 40_000,
  /** How long the story waits for all copies to be there again. */
  repairMs: 40_000,
  /** @tuning Pause between two looks at the status. */
  lookMs: 250,
} as const;
