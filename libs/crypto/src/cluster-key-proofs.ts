import type { KeyClaim, KeyProofs } from '@holdfast/contracts';
import { encodeTuple, fromHex, randomHex, toHex, type Random } from '@holdfast/kernel';
import { equalInConstantTime } from './equal-in-constant-time.ts';
import { hmacSha256 } from './hmac-sha256.ts';

const CHALLENGE_BYTES = 32;
/** Names this use of the key and the form of what is proven; a new form gets a new number. */
const PURPOSE = 'holdfast cluster key proof 1';

/**
 * A proof is the HMAC-SHA-256 under the cluster key over the tuple (purpose, role, part, name,
 * asker's challenge, answerer's challenge), in hexadecimal.
 *
 * - Both challenges: a recorded proof fits no other exchange, whichever side is replayed to.
 * - Role: a challenge that is thrown back at its poser yields a proof that its poser refuses.
 * - Part and name: a proof for one instance cannot register another or be used with other rights.
 *
 * It shows that the key is at the other end, not that nobody sits between: that takes TLS.
 */
export function clusterKeyProofs(key: Uint8Array, random: Random): KeyProofs {
  const prove = ({ role, part, name, challenges }: KeyClaim): string => {
    const { asker, answerer } = challenges;
    return toHex(hmacSha256(key, [encodeTuple(PURPOSE, role, part, name, asker, answerer)]));
  };
  return {
    challenge: () => randomHex(random, CHALLENGE_BYTES),
    prove,
    isProof: (proof, claim) =>
      /^[0-9a-f]{64}$/.test(proof) && equalInConstantTime(fromHex(proof), fromHex(prove(claim))),
  };
}
