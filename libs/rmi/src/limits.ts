/** What a connection, a session and a daemon may cost (§P10). All counts and sizes are maxima. */
export interface RmiLimits {
  /** Bytes of payload in one binary frame. */
  readonly frameBytes: number;
  /** Bytes of one stream that may be under way or unread before its sender waits for credit. */
  readonly windowBytes: number;
  /** Characters of one JSON text. */
  readonly textChars: number;
  /** Characters of one JSON text from a session that has not proven who it is. */
  readonly strangerTextChars: number;
  /** Arrays and objects inside one another in a request. */
  readonly depth: number;
  /** Calls in one batch. */
  readonly batchCalls: number;
  /** Calls that one connection may have unanswered. */
  readonly inFlightCalls: number;
  /** Calls of a session that may wait for a connection or for the far side's limits. */
  readonly queuedCalls: number;
  /** Streams of bytes or items that one connection may have open in one direction. */
  readonly streams: number;
  /** Bytes of parameters that one connection's unanswered calls may hold in memory. */
  readonly unreadBytes: number;
  /**
   * Bytes that all connections of a daemon may hold in memory together: parameters of unanswered
   * calls, and what waits to be sent. One user may hold as much as is then left free.
   */
  readonly heldBytes: number;
  /** @tuning Milliseconds of not reading that a refused request costs its connection. */
  readonly refusalPauseMs: number;
  /** The longest pause of not reading, in milliseconds; well below `idleMs`. */
  readonly refusalPauseMaxMs: number;
  /** Bytes that may wait on a connection whose other end does not read; then it is closed. */
  readonly backlogBytes: number;
  /** Sessions of one daemon, connected or waiting for their owner to return. */
  readonly sessions: number;
  /** Connections of one daemon that have not said hello. */
  readonly handshakes: number;
  /** Revoked sessions that a daemon remembers, to refuse them by name. */
  readonly revokedSessions: number;
  /** Milliseconds from a connection to its first message. */
  readonly handshakeMs: number;
  /** Milliseconds to establish a connection. */
  readonly dialMs: number;
  /** @tuning Milliseconds of silence after which a sign of life is asked for. */
  readonly pingMs: number;
  /** Milliseconds of silence after which a connection counts as dead. */
  readonly idleMs: number;
  /** Milliseconds that a session outlives its connection. */
  readonly sessionGraceMs: number;
  /** Milliseconds that calls under way may take to finish when a daemon closes, as on SIGTERM. */
  readonly closeGraceMs: number;
  /** The longest deadline that a caller may ask for, in milliseconds. */
  readonly callMs: number;
  /** @tuning The first pause between attempts to connect, in milliseconds; it doubles, with jitter. */
  readonly backoffMinMs: number;
  /** The longest pause between attempts to connect, in milliseconds. */
  readonly backoffMaxMs: number;
  /** @tuning A connection that lasted this many milliseconds resets the pause between attempts. */
  readonly steadyMs: number;
  /** Connections to one port, of all kinds. */
  readonly sockets: number;
  /** Requests to `/rpc` at once. */
  readonly httpCalls: number;
  /** Milliseconds for an HTTP request to arrive in full. */
  readonly httpRequestMs: number;
  /** Milliseconds that a closing WebSocket waits for the other end. */
  readonly closeMs: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;

export const RMI_LIMITS: RmiLimits = {
  frameBytes: 256 * KIB,
  windowBytes: MIB,
  textChars: 4 * MIB,
  strangerTextChars: 64 * KIB,
  depth: 32,
  batchCalls: 64,
  inFlightCalls: 256,
  queuedCalls: 1024,
  streams: 64,
  unreadBytes: 64 * MIB,
  heldBytes: 512 * MIB,
  refusalPauseMs: 2,
  refusalPauseMaxMs: 5_000,
  backlogBytes: 16 * MIB,
  sessions: 1024,
  handshakes: 256,
  revokedSessions: 1024,
  handshakeMs: 10_000,
  dialMs: 10_000,
  pingMs: 10_000,
  idleMs: 30_000,
  sessionGraceMs: 60_000,
  closeGraceMs: 5_000,
  callMs: 3_600_000,
  backoffMinMs: 100,
  backoffMaxMs: 2_000,
  steadyMs: 5_000,
  sockets: 4096,
  httpCalls: 64,
  httpRequestMs: 30_000,
  closeMs: 2_000,
};

/** What is the same for all connections, and nobody chooses. */
export const WIRE_LIMITS = {
  /** @tuning A shorter pause is not worth its timer, and is for nobody who makes few mistakes. */
  pauseFromMs: 100,
  /** @tuning Shorter requests are not counted among what is held: the number of calls bounds them. */
  uncountedChars: KIB,
  /** Bytes that a frame of announced bytes must have on average: each costs memory beyond its payload. */
  averageFrameBytes: KIB,
  /** Parts that one frame is made of; more are joined, so that no frame becomes many writes. */
  frameParts: 16,
  /** Pieces that one message may have; more, from a network of small packets, are joined. */
  messageParts: 16,
  /** @tuning Up to this many bytes a binary message is copied into one piece, which is cheaper to write. */
  copiedBytes: 8 * KIB,
  /** Bytes after which a corked socket is written out at once. */
  corkedBytes: 64 * KIB,
  /** @tuning Unfragmented binary messages from this length on are taken without their library. */
  largeMessageBytes: 16 * KIB,
  /** Characters of an error's message that are taken from the other end. */
  errorMessageChars: 4 * KIB,
  /** Problems of one value that a message names. */
  shownIssues: 3,
} as const;

/** What clients that move chunks with tickets may cost a file server, and it them (§P10). */
export interface ChunkLinkLimits {
  /** Connections to one server; those that have shown no ticket make room for others. */
  readonly connections: number;
  /** Bytes of one request, without those of a chunk that follows it. */
  readonly requestBytes: number;
  /** Requests of one connection that wait for their turn. */
  readonly waitingRequests: number;
  /** Bytes of chunks of one connection that are read and sent, or written, at once. */
  readonly bytesAtOnce: number;
  /** Bytes of chunks that are read, sent, received or written on all connections; one address may hold as much as is then left free. */
  readonly heldBytes: number;
  /** Chunks up to this length hold their own bytes, at both ends; longer ones memory for a whole chunk. */
  readonly shortChunkBytes: number;
  /** Requests without a right ticket before a connection is closed. */
  readonly refusals: number;
  /** Pieces of a chunk that arrive one after the other, after which short ones are joined. */
  readonly gatheredParts: number;
  /** @tuning Pieces that are as long on average are not. */
  readonly gatheredPartBytes: number;
  /** A connection on which nothing moves for so long is closed. */
  readonly idleMs: number;
  /** How long a client waits for a connection. */
  readonly dialMs: number;
  /** Bytes of what a server says before the first chunk, and of an error. */
  readonly headBytes: number;
}

export const CHUNK_LINK_LIMITS: ChunkLinkLimits = {
  connections: 512,
  requestBytes: 8 * KIB,
  waitingRequests: 32,
  bytesAtOnce: 8 * MIB,
  heldBytes: 256 * MIB,
  shortChunkBytes: 256 * KIB,
  refusals: 16,
  gatheredParts: 64,
  gatheredPartBytes: 16 * KIB,
  idleMs: 60_000,
  dialMs: 10_000,
  headBytes: 8 * KIB,
};
