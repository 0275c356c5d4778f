import type { Access, Principal } from '@holdfast/contracts';
import { HoldfastError } from '@holdfast/contracts';

/** Throws unless `principal` may call a method of this access (§P9). */
export function checkAccess(
  access: Access,
  principal: Principal | undefined,
  methodName: string,
): void {
  if (access === 'public') return;
  if (!principal) {
    const how = access === 'cluster' ? 'Prove the cluster key first.' : 'Log in first.';
    throw new HoldfastError('unauthenticated', `This is not for strangers. ${how}`, {
      details: { method: methodName },
    });
  }
  if (isAllowed(access, principal)) return;
  throw new HoldfastError('forbidden', `Only ${AUDIENCE[access]} may do this.`, {
    details: { method: methodName },
  });
}

const AUDIENCE: Readonly<Record<Access, string>> = {
  public: 'everybody',
  user: 'users',
  admin: 'administrators',
  cluster: 'parts of the cluster',
};

/** A user is no part of the cluster, however powerful, and a part is no user. */
function isAllowed(access: Access, principal: Principal): boolean {
  if (access === 'cluster') return principal.kind === 'part';
  return principal.kind === 'user' && (access === 'user' || principal.admin);
}
