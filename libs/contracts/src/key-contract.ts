import * as z from 'zod';
import { contract, method } from './method.ts';
import { empty, instanceName } from './values.ts';

const proof = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits');

/** What a part can be, as it says when it proves the cluster key. */
export const partKind = z.enum(['server', 'frontend', 'admin']);
export type PartKind = z.infer<typeof partKind>;

/**
 * How parts show each other that they have the cluster key, which never travels: each answers the
 * other's random challenge with an HMAC over the roles, both challenges and the name.
 */
export const keyContract = contract('key', {
  challenge: method({
    summary: "Answers a part's challenge and poses one.",
    access: 'public',
    params: z.object({ part: partKind, name: instanceName, challenge: proof }),
    result: z.object({ challenge: proof, proof }),
  }),
  prove: method({
    summary: "Checks the part's answer; from then on the session is that part's.",
    access: 'public',
    params: z.object({ proof }),
    result: empty,
  }),
});
export type KeyContract = typeof keyContract;
