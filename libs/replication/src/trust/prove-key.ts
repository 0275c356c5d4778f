import type { KeyContract, PartKind, Remote, KeyProofs } from '@holdfast/contracts';
import { wrongKey } from './key-service.ts';

/**
 * The side that dialled: makes the other side prove the cluster key first, then proves it too.
 * Rejects with `forbidden` if either has another key.
 */
export async function proveKey(
  remote: Remote<KeyContract>,
  proofs: KeyProofs,
  part: PartKind,
  name: string,
): Promise<void> {
  const asker = proofs.challenge();
  const answer = await remote.challenge({ part, name, challenge: asker });
  const claim = { part, name, challenges: { asker, answerer: answer.challenge } };
  if (!proofs.isProof(answer.proof, { role: 'answerer', ...claim })) throw wrongKey();
  await remote.prove({ proof: proofs.prove({ role: 'asker', ...claim }) });
}
