/**
 * Syncs that a change waits for one after the other: one of the frontend's journal and one of its copies
 * on the servers. A file that is not kept in the directory has one for its chunk before.
 */
export const SYNCS_IN_A_ROW = { commit: 2, chunk: 3 } as const;
