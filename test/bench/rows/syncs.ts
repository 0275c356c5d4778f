/**
 * Syncs that a change waits for one after the other. A write has one for the chunk on the servers;
 * then, as every change, one of the frontend's journal and one of its copies on the servers.
 */
export const SYNCS_IN_A_ROW = { write: 3, change: 2 } as const;
