import type { HoldfastClient } from '@holdfast/sdk';

/** The way to clusters, with what the user's profiles know of them. */
export interface ClusterAccess {
  /** The open connection, if there is one. */
  readonly current: HoldfastClient | undefined;
  /** The next login takes its password from the first line of standard input. */
  readPasswordFromInput(): void;
  /** The cluster of the present profile, connected and logged in. */
  client(signal: AbortSignal): Promise<HoldfastClient>;
  /** Opens another connection and remembers its address and user as the profile to use. */
  connect(
    to: { readonly address?: string | undefined; readonly user?: string | undefined },
    signal: AbortSignal,
  ): Promise<HoldfastClient>;
  /** The password that environment or profile have for the present user. */
  knownPassword(): Promise<string | undefined>;
  /** Keeps a profile right that has the password of `user`. */
  passwordChanged(user: string, password: string): Promise<void>;
  /** Ends the login for good: its token is worthless afterwards. */
  logOut(signal: AbortSignal): Promise<void>;
}
