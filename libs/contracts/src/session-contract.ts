import * as z from 'zod';
import { contract, method } from './method.ts';
import { empty, password, timeMs, userName } from './values.ts';

const account = z.object({ user: userName, admin: z.boolean() });

/** How a client shows who it is. The only methods, with health, that answer without a token. */
export const sessionContract = contract('session', {
  login: method({
    summary: 'Checks a password and opens a login that ends by itself.',
    access: 'public',
    params: z.object({ user: z.string().max(256), password }),
    result: account.extend({ token: z.string(), expiresMs: timeMs }),
  }),
  resume: method({
    summary: 'Attaches this connection to a login by its token.',
    access: 'public',
    params: z.object({ token: z.string().max(256) }),
    result: account.extend({ expiresMs: timeMs }),
  }),
  whoami: method({
    summary: 'Tells who is logged in.',
    access: 'user',
    params: empty,
    result: account,
  }),
  logout: method({
    summary: 'Ends the login; its token is worthless from now on.',
    access: 'user',
    params: empty,
    result: empty,
  }),
});
export type SessionContract = typeof sessionContract;
