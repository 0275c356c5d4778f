import type { PartKind } from '@holdfast/contracts';

/** What one side shows in the exchange of the key contract. */
export interface KeyClaim {
  /** Who proves: the side that dialled and asked first, or the side that answered. */
  readonly role: 'asker' | 'answerer';
  readonly part: PartKind;
  readonly name: string;
  readonly challenges: { readonly asker: string; readonly answerer: string };
}

/** The cluster key, as something that makes and checks proofs without showing itself. */
export interface KeyProofs {
  /** A fresh random challenge. */
  challenge(): string;
  prove(claim: KeyClaim): string;
  isProof(proof: string, claim: KeyClaim): boolean;
}
