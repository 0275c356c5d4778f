/** Limits of this library (§P10). */
export const HOST_LIMITS = {
  /** How large a log in a file may grow before it is turned over. */
  logBytes: 8_388_608,
  /** @tuning How often that is looked at. */
  logLookMs: 5_000,
  /** @tuning Bytes of zeros that one write of a preallocation has. */
  zerosBytes: 1_048_576,
  /** @tuning How long a process that was just started may show nothing of itself. */
  beginMs: 10_000,
  /** Ports in a row that are tried before none counts as free. */
  portTries: 100,
  /** @tuning Bytes that go to the disk at once where a long file is written. */
  longFilePieceBytes: 4_194_304,
  /** @tuning How often a part looks whether it rests. */
  idleLookMs: 15_000,
  /** @tuning It rests where it used less than this share of a processor since. */
  idleShare: 0.05,
  /** Bytes that must have come to what it holds, for a collection to be worth it. */
  idleGarbageBytes: 16_777_216,
  /** With more than that a collection would hold up for long who calls in that moment. */
  idleHeapBytes: 536_870_912,
} as const;
