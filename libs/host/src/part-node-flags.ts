/**
 * What Node is started with for a frontend or a server. Each transfer leaves its buffers behind, and
 * Node starts a full collection whenever these outweigh the heap, which is small: every 20 MiB. The
 * room of a large heap makes that a third as often (measured: a third less CPU time for a large get).
 * V8 reads it while Node starts: setting it later changes nothing, and NODE_OPTIONS refuses it. And a
 * part that rests collects by itself (`collectWhenIdle`).
 */
export const PART_NODE_FLAGS: readonly string[] = ['--initial-old-space-size=128', '--expose-gc'];
