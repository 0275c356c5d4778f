/** Limits of a file server's process (§P10). */
export const FILE_SERVER_LIMITS = {
  /** Servers that one server keeps a connection to; the one used longest ago goes first. */
  peerLinks: 64,
  /** @tuning Buffers of a chunk's size that are kept for the next chunk from another server. */
  pulledBuffers: 4,
} as const;
