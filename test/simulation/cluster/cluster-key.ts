/** The key that all parts of a simulated cluster have. */
export const CLUSTER_KEY: Uint8Array = new Uint8Array(32).fill(7);
