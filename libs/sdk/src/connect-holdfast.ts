import { HoldfastError, sessionContract, type Hasher } from '@holdfast/contracts';
import { deferred, type Clock, type Random } from '@holdfast/kernel';
import { connect, dialChunks, webSocketTransport, type Transport } from '@holdfast/rmi';
import { clientOfParts } from './client-of-parts.ts';
import type { Credentials } from './credentials.ts';
import type { Account, HoldfastClient } from './holdfast-client.ts';
import { LinkConnection } from './link-connection.ts';
import { SDK_LIMITS } from './limits.ts';
import { logIn } from './log-in.ts';

export interface ConnectHoldfastOptions {
  /** Frontends, tried in turn: `ws://10.0.0.5:7400`. */
  readonly addresses: readonly string[];
  /** WebSocket unless given. */
  readonly transport?: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly hasher: Pick<Hasher, 'hash'>;
  readonly credentials: Credentials;
  /** What this program calls itself in the frontend's log. */
  readonly name?: string;
  /** Whether chunks may be read straight from file servers where they can be reached; true by default. */
  readonly direct?: boolean;
  /** How long the first connection is waited for; `SDK_LIMITS.firstConnectMs` by default. */
  readonly firstConnectMs?: number;
  /** Hears why no frontend can be reached, while the first connection is waited for. */
  readonly onWaiting?: (reason: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Connects to a cluster and logs in. Rejects with `unavailable` if no frontend can be reached in
 * time, with `unauthenticated` if the login is refused, and with the signal's reason.
 */
export async function connectHoldfast(options: ConnectHoldfastOptions): Promise<HoldfastClient> {
  const { addresses, clock, random, credentials, hasher } = options;
  const { direct = true } = options;
  const login = { account: undefined as Account | undefined, underWay: false };
  const link = connect({
    addresses,
    transport: options.transport ?? webSocketTransport(),
    clock,
    random,
    name: options.name ?? 'holdfast-sdk',
    bulk: 'lazy',
    givesUpOn: (error) => !error.retryable || error.code === 'throttled',
    authenticate: async ({ resumed, proxy }) => {
      if (resumed && login.account) return;
      login.underWay = true;
      try {
        login.account = await logIn(proxy(sessionContract), credentials);
      } finally {
        login.underWay = false;
      }
    },
  });
  const connection = new LinkConnection(link, clock, () => login.account);
  using _reasons = connection.onState((state) => {
    if (state.kind === 'waiting' && !login.underWay) options.onWaiting?.(state.reason);
  });
  try {
    await firstConnection(connection, options, () => login.underWay);
  } catch (error) {
    await link.close();
    throw error;
  }
  return clientOfParts({
    proxy: (contract) => link.proxy(contract),
    connection,
    account: () => login.account ?? { user: '', admin: false },
    close: () => link.close(),
    clock,
    hasher,
    ...(direct && {
      dialServer: (place, buffers) => dialChunks({ ...place, buffers }),
    }),
  });
}

/** Waits for the first connection, but not while somebody is typing a password. */
async function firstConnection(
  connection: LinkConnection,
  options: ConnectHoldfastOptions,
  isLoggingIn: () => boolean,
): Promise<void> {
  const { clock, signal, addresses, firstConnectMs = SDK_LIMITS.firstConnectMs } = options;
  const tooLate = deferred<never>();
  const stop = new AbortController();
  const arm = (): Disposable => {
    const timer = clock.schedule(firstConnectMs, () => {
      if (isLoggingIn()) current = arm();
      else tooLate.reject(nobodyThere(addresses, connection.waitingFor));
    });
    return { [Symbol.dispose]: () => timer.cancel() };
  };
  let current = arm();
  try {
    const signals = signal ? [signal, stop.signal] : [stop.signal];
    await Promise.race([connection.whenReady(AbortSignal.any(signals)), tooLate.promise]);
  } finally {
    current[Symbol.dispose]();
    stop.abort();
  }
}

function nobodyThere(addresses: readonly string[], reason: string): HoldfastError {
  const why = reason === '' ? '' : ` (${reason})`;
  return new HoldfastError(
    'unavailable',
    `No frontend answers at ${addresses.join(' or ')}${why}. Start it (npm start, or holdfast cluster up), or check the address.`,
  );
}
