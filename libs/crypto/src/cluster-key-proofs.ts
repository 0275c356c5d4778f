import type { PartKind } from '@holdfast/contracts';
import { encodeTuple, fromHex, randomHex, toHex, type Random } from '@holdfast/kernel';
import { equalInConstantTime } from './equal-in-constant-time.ts';
import { hmacSha256 } from './hmac-sha256.ts';

const CHALLENGE_BYTES = 32;
/** Names this use of the key and the form of what is proven; a new form gets a new number. */
const PURPOSE = 'holdfast cluster key proof 1';

/** What one side proves in the exchange of the key contract. */
export interface ClusterKeyClaim {
  /** Who proves: the side that dialled and asked first, or the side that answered. */
  readonly role: 'asker' | 'answerer';
  /** What the asker said it is, and is called. */
  readonly part: PartKind;
  readonly name: string;
  /** Each side's random challenge, in hexadecimal. */
  readonly challenges: { readonly asker: string; readonly answerer: string };
}

/** The cluster key, as something that makes and checks proofs and does not show itself. */
export interface ClusterKeyProofs {
  /** 32 random bytes in hexadecimal; never use one twice, for it is what makes a proof fresh. */
  challenge(): string;
  prove(claim: ClusterKeyClaim): string;
  /** Whether `proof`, as it came from the wire, is the proof of `claim`. */
  isProof(proof: string, claim: ClusterKeyClaim): boolean;
}

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
export function clusterKeyProofs(key: Uint8Array, random: Random): ClusterKeyProofs {
  const prove = ({ role, part, name, challenges }: ClusterKeyClaim): string => {
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
