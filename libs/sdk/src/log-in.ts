import {
  HoldfastError,
  isHoldfastError,
  type Remote,
  type SessionContract,
} from '@holdfast/contracts';
import type { Credentials } from './credentials.ts';
import type { Account } from './holdfast-client.ts';

/** Shows the frontend who the user is: by the token of an earlier login, else by password. */
export async function logIn(
  session: Remote<SessionContract>,
  credentials: Credentials,
): Promise<Account> {
  const token = await credentials.token();
  if (token !== undefined) {
    try {
      const { user, admin } = await session.resume({ token });
      return { user, admin };
    } catch (error) {
      if (!isHoldfastError(error, 'unauthenticated')) throw error;
      await credentials.keep(undefined);
    }
  }
  return await logInByPassword(session, credentials);
}

async function logInByPassword(
  session: Remote<SessionContract>,
  credentials: Credentials,
): Promise<Account> {
  for (let refused: HoldfastError | undefined; ;) {
    const answer = await credentials.password(refused);
    if (!answer) throw refused ?? noPassword();
    try {
      const { user, admin, token, expiresMs } = await session.login(answer);
      await credentials.keep({ user, token, expiresMs });
      return { user, admin };
    } catch (error) {
      if (!isHoldfastError(error, 'unauthenticated')) throw error;
      refused = error;
    }
  }
}

function noPassword(): HoldfastError {
  return new HoldfastError(
    'unauthenticated',
    'You are not logged in. Log in with: holdfast connect -u USER.',
  );
}
