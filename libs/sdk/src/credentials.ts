/** A login that the frontend has opened, to be kept for the next connection. */
export interface OpenedLogin {
  readonly user: string;
  readonly token: string;
  readonly expiresMs: number;
}

/** How a client shows who its user is. Asked anew after every reconnection that needs it. */
export interface Credentials {
  /** The token of an earlier login, if there is one. */
  token(): Promise<string | undefined>;
  /**
   * User and password, when no token is accepted. `refused` is why the last answer was not
   * accepted. Undefined ends the attempt with that reason.
   */
  password(
    refused: Error | undefined,
  ): Promise<{ readonly user: string; readonly password: string } | undefined>;
  /** A login was opened; or (undefined) the token is worthless and is to be forgotten. */
  keep(login: OpenedLogin | undefined): Promise<void>;
}
