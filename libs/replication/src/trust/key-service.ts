import {
  type CallContext,
  HoldfastError,
  type Implementation,
  type KeyContract,
  type KeyClaim,
  type KeyProofs,
} from '@holdfast/contracts';

type Key = Implementation<KeyContract>;

/** The side that was dialled: answers a challenge, and lets a session in that answers ours (§P9). */
export class KeyService implements Key {
  readonly #proofs: KeyProofs;
  readonly #pending = new Map<string, Omit<KeyClaim, 'role'>>();

  constructor(proofs: KeyProofs) {
    this.#proofs = proofs;
  }

  readonly challenge: Key['challenge'] = async ({ part, name, challenge }, context) => {
    const challenges = { asker: challenge, answerer: this.#proofs.challenge() };
    this.#remember(context, { part, name, challenges });
    const proof = this.#proofs.prove({ role: 'answerer', part, name, challenges });
    return { challenge: challenges.answerer, proof };
  };

  readonly prove: Key['prove'] = async ({ proof }, { session }) => {
    const claim = this.#pending.get(session.id);
    // One challenge admits one answer, right or wrong.
    this.#pending.delete(session.id);
    if (!claim || !this.#proofs.isProof(proof, { role: 'asker', ...claim })) throw wrongKey();
    session.principal = { kind: 'part', part: claim.part, name: claim.name };
    return {};
  };

  #remember({ session }: CallContext, claim: Omit<KeyClaim, 'role'>): void {
    if (!this.#pending.has(session.id)) {
      session.ended.addEventListener('abort', () => this.#pending.delete(session.id), {
        once: true,
      });
    }
    this.#pending.set(session.id, claim);
  }
}

export function wrongKey(): HoldfastError {
  return new HoldfastError(
    'forbidden',
    'The other side has another cluster key. Copy the key file of the frontend to this machine, or join again with a new invitation.',
  );
}
