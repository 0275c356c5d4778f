/** Limits of a file server's process (§P10). */
export const FILE_SERVER_LIMITS = {
  /** Servers that one server keeps a connection to; the one used longest ago goes first. */
  peerLinks: 64,
} as const;
