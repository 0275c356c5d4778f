/** Limits of the sdk (§P10). */
export const SDK_LIMITS = {
  /** Chunks of one upload that are on their way at once; each holds one buffer. */
  uploadChunksInFlight: 5,
  /** Chunks of one download that are fetched before they are asked for. */
  readAheadChunks: 5,
  /** @tuning Bytes of the buffer that a file begins to be read into. */
  firstReadBytes: 8_192,
  /** @tuning Bytes of the one that follows when that is full; then comes one for a whole chunk. */
  grownReadBytes: 131_072,
  /** Buffers of the first size that are kept for the next files. */
  pooledFirstReads: 64,
  /** Buffers of the second size that are kept. */
  pooledGrownReads: 16,
  /** Buffers of a chunk's size that are kept for the next transfer. */
  pooledBuffers: 6,
  /** Servers whose copy of one chunk may turn out wrong before the read is given up. */
  wrongCopies: 8,
  /** @tuning Shorter chunks are moved through the frontend: tickets cost a call. */
  directFromBytes: 1_048_576,
  /** Chunks that a client reads from one server, or puts there, at once; a server that gets a few more cuts it off. */
  directChunksInFlight: 32,
  /** File servers that one client is connected to, and of which it remembers that they are left alone. */
  directServers: 64,
  /** How long a chunk waits for the first connection to a server; after that it is relayed. */
  directPatienceMs: 200,
  /** A server that gives nothing for so long, while it is asked, is given up for now. */
  directStallMs: 5_000,
  /**
   * @tuning So long a server is left alone that failed, doubled each time. For so long, too, openings ask
   * for no tickets after some that were of no use.
   */
  directRestMs: 15_000,
  /** The longest such rest. */
  directRestMaxMs: 600_000,
  /** @tuning A connection to a server that is not used for so long is closed. */
  directIdleMs: 30_000,
  /** @tuning Tickets that were got longer ago are not used: servers soon refuse them. */
  ticketMs: 10_000,
  /** Open reads whose tickets are kept. */
  ticketPages: 64,
  /** How long the first connection is waited for. */
  firstConnectMs: 20_000,
  /** How long a call or a transfer waits for a frontend that went away. */
  reconnectMs: 600_000,
  /**
   * How long after a reconnection "unavailable" may only mean that the servers have not found the
   * frontend again yet, and is worth another try.
   */
  settlingMs: 10_000,
  /** The same for the first connection: whoever asks a cluster without servers wants to know soon. */
  firstSettlingMs: 1_000,
  /** @tuning The first pause between such tries; it doubles. */
  settlingFirstPauseMs: 100,
  /** The longest of these pauses. */
  settlingMaxPauseMs: 1_000,
  /** Times that one upload is reopened, or one read opened again. */
  reopenings: 100,
  /** How long the far side is given to hear that an upload was given up. */
  abortMs: 3_000,
  /** @tuning Names asked for in one page of a listing. */
  listPage: 1_000,
  /** Folders below each other that a walk follows. */
  walkDepth: 128,
} as const;
