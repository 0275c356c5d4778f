import { type CallerSession, type Contract, HoldfastError, type Remote } from '@holdfast/contracts';
import type { Daemon } from './daemon.ts';

/** An object at the other end of a session, and when the connection to it is lost. */
export interface CalledBack<C extends Contract> {
  readonly remote: Remote<C>;
  /** Aborts with the connection that there is now, or with the session. */
  readonly lost: AbortSignal;
}

/**
 * Reaches the object that a caller exposes over the connection that it dialled. Throws
 * `disconnected` if the session is already over.
 */
export function callBack<C extends Contract>(
  daemon: Daemon,
  caller: CallerSession,
  contract: C,
): CalledBack<C> {
  const session = daemon.sessionOf(caller);
  if (!session) throw new HoldfastError('disconnected', 'The connection is already over.');
  const lost = new AbortController();
  const lose = (): void => lost.abort(new HoldfastError('disconnected', 'The connection is over.'));
  const unlisten = session.onConnected((connected) => {
    if (!connected) lose();
  });
  caller.ended.addEventListener('abort', lose, { once: true });
  const forget = (): void => {
    unlisten();
    caller.ended.removeEventListener('abort', lose);
  };
  lost.signal.addEventListener('abort', forget, { once: true });
  return { remote: session.proxy(contract), lost: lost.signal };
}
