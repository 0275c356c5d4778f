import type { PasswordHasher } from '@holdfast/contracts';

/** Costs nothing and hides nothing: a simulation has no secrets. */
export const plainPasswordHasher: PasswordHasher = {
  hash: async (password) => `plain:${password}`,
  verify: async (encoded, password) => encoded === `plain:${password}`,
};
