/** Who all clients of a simulation log in as. */
export const ADMINISTRATOR = { user: 'admin', password: 'correct horse battery' } as const;
