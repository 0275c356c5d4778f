import * as z from 'zod';
import { contract, method } from './method.ts';
import { empty, password, timeMs, userName } from './values.ts';

/** Accounts. */
export const usersContract = contract('users', {
  add: method({
    summary: 'Makes an account and its home folder.',
    access: 'admin',
    changes: true,
    params: z.object({ user: userName, password, admin: z.boolean().default(false) }),
    result: empty,
  }),
  remove: method({
    summary: 'Removes an account and ends its logins; its files stay.',
    access: 'admin',
    changes: true,
    params: z.object({ user: userName }),
    result: empty,
  }),
  list: method({
    summary: 'Lists all accounts.',
    access: 'admin',
    params: empty,
    result: z.object({
      users: z.array(z.object({ user: userName, admin: z.boolean(), createdMs: timeMs })),
    }),
  }),
  setPassword: method({
    summary: 'Changes a password and ends all other logins of the account.',
    access: 'user',
    changes: true,
    params: z.object({
      user: userName,
      /** The user's own present password; an administrator may leave it out for others. */
      current: password.optional(),
      password,
    }),
    result: empty,
  }),
});
export type UsersContract = typeof usersContract;
