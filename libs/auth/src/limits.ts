/** Limits of this library (§P10). */
export const AUTH_LIMITS = {
  /** 30 days: how long a login is good for, whether it is used or not. */
  loginLifetimeMs: 2_592_000_000,
  /** @tuning Random bytes of a token. */
  tokenBytes: 32,
  /** The same for a login that was opened while the directory took no changes. */
  volatileLifetimeMs: 3_600_000,
  /** Such logins at once; a further one ends the oldest. */
  volatileLogins: 1000,
  /** Logins of one account; a further one ends the oldest. */
  loginsPerUser: 256,
  /** Expired logins that are removed along with each new one. */
  expiredPerLogin: 32,
  /** Accounts of the cluster. */
  users: 1000,
  /** Characters that a new password needs. */
  passwordCharacters: 8,
  /** Logins from one address that wait for the one being checked. */
  waitingPerAddress: 64,
  /** Names, addresses, or pairs of them whose failed logins are remembered, newest first. */
  rememberedFailures: 10_000,
} as const;

/** How failed logins slow down further ones. */
export interface FailureRule {
  /** @tuning Failures without consequence. */
  readonly free: number;
  /** @tuning The wait after the first one beyond; it doubles with each. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** @tuning One failure is forgotten after each such time. */
  readonly forgiveMs: number;
}

export const FAILURE_RULES: Readonly<Record<'pair' | 'address' | 'name', FailureRule>> = {
  /** One name from one address: a refusal until the wait is over. */
  pair: {
    free: 5,
    firstWaitMs: 1000,
    longestWaitMs: 900_000,
    forgiveMs: 600_000,
  },
  /** Any names from one address: a refusal until the wait is over. */
  address: {
    free: 20,
    firstWaitMs: 1000,
    longestWaitMs: 900_000,
    forgiveMs: 60_000,
  },
  /** One name from anywhere: only a delay, or strangers could lock the user out. */
  name: {
    free: 10,
    firstWaitMs: 250,
    longestWaitMs: 4000,
    forgiveMs: 60_000,
  },
};
